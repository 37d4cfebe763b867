package dev.authstore.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.TokenKind.Check;
import dev.authstore.model.TokenKind.Defect;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenKindTest {
  private static final int SAMPLES = 1_000;

  private final RandomGenerator random = new SplittableRandom(7);

  @Nested
  class Generate {
    @ParameterizedTest
    @EnumSource
    void makesTokensOfItsKind(TokenKind kind) {
      for (int i = 0; i < SAMPLES; i++) {
        String token = kind.generate(random);

        assertThat(token).matches(kind.prefix() + "_[0-9A-Za-z]{30}_[0-9A-Za-z]{6}");
        assertThat(TokenKind.check(token)).isEqualTo(new Check.Recognised(kind));
      }
    }

    @Test
    void makesAnotherOneEachTime() {
      String first = TokenKind.ACCESS_TOKEN.generate(random);

      assertThat(TokenKind.ACCESS_TOKEN.generate(random)).isNotEqualTo(first);
    }
  }

  @Nested
  class CheckText {
    @ParameterizedTest
    @CsvSource({
      "mat_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA_96elV4, ACCESS_TOKEN",
      "mar_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA_IsX2V3, REFRESH_TOKEN",
      "mpt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA_0uwsnS, PERSONAL_ACCESS_TOKEN",
      "mct_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA_7C7Zq2, COMPAT_ACCESS_TOKEN",
      "mcr_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA_O4TLr3, COMPAT_REFRESH_TOKEN",
      "mat_000000000000000000000000000189_00zDDG, ACCESS_TOKEN",
      "mat_0123456789ABCDEFGHIJKLMNOPQRST_Bd1Q11, ACCESS_TOKEN",
      "aka_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA_0ICsx7, ACCOUNT_API_KEY",
      "aki_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA_ggcwA4, INSTANCE_API_KEY",
      "aka_0123456789ABCDEFGHIJKLMNOPQRST_Awwcd3, ACCOUNT_API_KEY",
      "aki_0123456789ABCDEFGHIJKLMNOPQRST_0Klxlg, INSTANCE_API_KEY"
    })
    void recognisesTheVectors(String token, TokenKind kind) {
      assertThat(TokenKind.check(token)).isEqualTo(new Check.Recognised(kind));
      assertThat(kind.accepts(token)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "",
          "mat",
          "mat_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
          "mat_AAAAAAAAAAAAAAAAAAAAAAAAAAAAA_96elV4",
          "mat_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA_96elV",
          "mat_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA_96elV4_",
          "mat_AAAAAAAAAAAAAAA_AAAAAAAAAAAAAAA_96elV4",
          "ma_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA_96elV4",
          "mat_AAAAAAAAAAAAAAAAAAAAAAAAAAAAA-_96elV4",
          "mat_ééééééééééééééé_96elV4",
          "mat_éééééééééééééééééééééééééééééé_96elV4"
        })
    void refusesAnotherForm(String text) {
      assertThat(TokenKind.check(text)).isEqualTo(new Check.Refused(Defect.INVALID_FORMAT));
    }

    @Test
    void refusesAnotherPrefix() {
      assertThat(TokenKind.check("mbt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA_96elV4"))
          .isEqualTo(new Check.Refused(Defect.UNKNOWN_PREFIX));
    }

    @Test
    void refusesAChecksumInAnotherCase() {
      assertThat(TokenKind.check("mat_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA_96elv4"))
          .isEqualTo(new Check.Refused(Defect.INVALID_CHECKSUM));
    }

    @ParameterizedTest
    @EnumSource
    void noticesEveryChangeOfOneCharacter(TokenKind kind) {
      String token = kind.generate(random);

      for (int i = 0; i < token.length(); i++) {
        char other = token.charAt(i) == 'x' ? 'y' : 'x';
        String changed = token.substring(0, i) + other + token.substring(i + 1);

        assertThat(TokenKind.check(changed)).isInstanceOf(Check.Refused.class);
      }
    }

    @Test
    void recognisesTokensOfOlderServers() {
      String macaroon =
          Base64.getUrlEncoder()
              .withoutPadding()
              .encodeToString("0019location example.org".getBytes(StandardCharsets.US_ASCII));

      assertThat(TokenKind.COMPAT_ACCESS_TOKEN.accepts("syt_anything")).isTrue();
      assertThat(TokenKind.COMPAT_ACCESS_TOKEN.accepts(macaroon)).isTrue();
      assertThat(TokenKind.COMPAT_REFRESH_TOKEN.accepts("syr_anything")).isTrue();
      assertThat(TokenKind.COMPAT_ACCESS_TOKEN.accepts("MDAxOWxvY2F0aW8")).isFalse();
    }

    @Test
    void acceptsOnlyItsOwnKind() {
      assertThat(TokenKind.ACCESS_TOKEN.accepts(TokenKind.REFRESH_TOKEN.generate(random)))
          .isFalse();
    }
  }

  @Nested
  class Checksum {
    @ParameterizedTest
    @CsvSource({"0, 000000", "61, 00000z", "62, 000001", "4294967295, 3CFfg4"})
    void isWrittenWithTheLeastDigitFirst(long number, String digits) {
      assertThat(TokenKind.base62(number)).isEqualTo(digits);
    }
  }

  @Test
  void theDigestOfAVectorIsTheOneSpecified() {
    TokenDigest digest = TokenDigest.of("mat_0123456789ABCDEFGHIJKLMNOPQRST_Bd1Q11");

    assertThat(HexFormat.of().formatHex(digest.toBytes()))
        .isEqualTo("cbbe91ebd3c8064d34d01e8dbe77a0776246662b9902cf391b6b22b5ca249943");
  }
}
