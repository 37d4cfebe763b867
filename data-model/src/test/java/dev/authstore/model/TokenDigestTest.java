package dev.authstore.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.HexFormat;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class TokenDigestTest {

  @Nested
  class Of {
    /** FIPS 180-4, the example for one block. */
    @Test
    void isSha256() {
      assertThat(hex(TokenDigest.of("abc")))
          .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    @Test
    void readsTextAsUtf8() {
      assertThat(hex(TokenDigest.of("é")))
          .isEqualTo("4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c");
    }
  }

  @Nested
  class FromBytes {
    @Test
    void isEqualToTheDigestWithTheseBytes() {
      TokenDigest digest = TokenDigest.of("abc");

      TokenDigest same = TokenDigest.fromBytes(digest.toBytes());

      assertThat(same).isEqualTo(digest).hasSameHashCodeAs(digest);
      assertThat(same).isNotEqualTo(TokenDigest.of("abd"));
    }

    @Test
    void refusesAnotherLength() {
      assertThatIllegalArgumentException().isThrownBy(() -> TokenDigest.fromBytes(new byte[31]));
      assertThatIllegalArgumentException().isThrownBy(() -> TokenDigest.fromBytes(new byte[33]));
    }

    @Test
    void keepsItsOwnBytes() {
      byte[] bytes = TokenDigest.of("abc").toBytes();
      TokenDigest digest = TokenDigest.fromBytes(bytes);

      bytes[0]++;
      digest.toBytes()[1]++;

      assertThat(digest).isEqualTo(TokenDigest.of("abc"));
    }
  }

  @Test
  void printsFourBytes() {
    assertThat(TokenDigest.of("abc")).hasToString("TokenDigest[ba7816bf…]");
  }

  private static String hex(TokenDigest digest) {
    return HexFormat.of().formatHex(digest.toBytes());
  }
}
