package dev.authstore.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.authstore.model.Pkce.Method;
import dev.authstore.model.Pkce.Verification;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PkceTest {
  /** RFC 7636, appendix B. */
  private static final String VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

  private static final String CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

  @Nested
  class Verify {
    @Test
    void acceptsTheExampleOfTheRfc() {
      assertThat(new Pkce(Method.S256, CHALLENGE).verify(VERIFIER))
          .isEqualTo(Verification.VERIFIED);
    }

    @Test
    void comparesAPlainVerifierItself() {
      assertThat(new Pkce(Method.PLAIN, VERIFIER).verify(VERIFIER))
          .isEqualTo(Verification.VERIFIED);
      assertThat(new Pkce(Method.PLAIN, CHALLENGE).verify(VERIFIER))
          .isEqualTo(Verification.VERIFICATION_FAILED);
    }

    @Test
    void refusesAnotherVerifier() {
      assertThat(new Pkce(Method.S256, CHALLENGE).verify(VERIFIER.replace('d', 'e')))
          .isEqualTo(Verification.VERIFICATION_FAILED);
    }

    @ParameterizedTest
    @EnumSource
    void judgesTheFormFirst(Method method) {
      Pkce pkce = new Pkce(method, "a".repeat(42));

      assertThat(pkce.verify("a".repeat(42))).isEqualTo(Verification.TOO_SHORT);
      assertThat(pkce.verify("a".repeat(43))).isEqualTo(Verification.VERIFICATION_FAILED);
      assertThat(pkce.verify("a".repeat(128))).isEqualTo(Verification.VERIFICATION_FAILED);
      assertThat(pkce.verify("a".repeat(129))).isEqualTo(Verification.TOO_LONG);
    }

    @ParameterizedTest
    @ValueSource(strings = {" ", "+", "/", "=", "é", "\u0000"})
    void refusesOtherCharacters(String character) {
      assertThat(Pkce.checkForm(character + "a".repeat(50)))
          .isEqualTo(Verification.INVALID_CHARACTERS);
    }

    @Test
    void acceptsEveryUnreservedCharacter() {
      assertThat(Pkce.checkForm("azAZ09-._~" + "a".repeat(50))).isEqualTo(Verification.VERIFIED);
    }
  }

  @Nested
  class Parse {
    @ParameterizedTest
    @EnumSource
    void knowsEveryMethodByItsName(Method method) {
      assertThat(Method.parse(method.value())).isEqualTo(method);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "s256", "PLAIN", "S512"})
    void refusesOthers(String value) {
      assertThatIllegalArgumentException().isThrownBy(() -> Method.parse(value));
    }
  }
}
