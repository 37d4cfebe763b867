package dev.authstore.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScopeTest {

  @Nested
  class Token {
    @Test
    void hasEveryCharacterOfTheGrammarAndNoOther() {
      List<Integer> valid =
          IntStream.range(0, 0x200)
              .filter(c -> ScopeToken.isValid(Character.toString(c)))
              .boxed()
              .toList();

      assertThat(valid)
          .containsExactlyElementsOf(
              IntStream.rangeClosed(0x21, 0x7E)
                  .filter(c -> c != '"' && c != '\\')
                  .boxed()
                  .toList());
    }

    @Test
    void isNotEmpty() {
      assertThatIllegalArgumentException().isThrownBy(() -> new ScopeToken(""));
    }

    @Test
    void isNoLongerThanAnIndexTakes() {
      assertThat(ScopeToken.isValid("a".repeat(1024))).isTrue();
      assertThat(ScopeToken.isValid("a".repeat(1025))).isFalse();
    }
  }

  @Nested
  class Parse {
    @Test
    void sortsByBytes() {
      assertThat(Scope.parse("openid ~ Email email")).hasToString("Email email openid ~");
    }

    @Test
    void takesEachTokenOnce() {
      assertThat(Scope.parse("b a b")).isEqualTo(Scope.of("a", "b")).hasToString("a b");
    }

    @Test
    void readsNothingAsTheEmptyScope() {
      assertThat(Scope.parse("")).isSameAs(Scope.EMPTY).hasToString("");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {" ", " a", "a ", "a  b", "a\tb", "a\"b", "a\\b", "é", "a\u0000", "\u007f"})
    void refusesWhatIsNoScope(String text) {
      assertThatIllegalArgumentException().isThrownBy(() -> Scope.parse(text));
    }

    @Test
    void readsWhatIsPrinted() {
      Scope scope =
          Scope.of(IntStream.range(0, 200).mapToObj(i -> "token-" + i).toArray(String[]::new));

      assertThat(Scope.parse(scope.toString())).isEqualTo(scope).hasSameHashCodeAs(scope);
    }
  }

  @Nested
  class Contains {
    private final Scope scope = Scope.of("openid", "email");

    @Test
    void knowsItsTokens() {
      assertThat(scope.contains("email")).isTrue();
      assertThat(scope.contains("mail")).isFalse();
      assertThat(scope.contains("email openid")).isFalse();
    }

    @Test
    void knowsWholeScopes() {
      assertThat(scope.containsAll(Scope.of("email"))).isTrue();
      assertThat(scope.containsAll(scope)).isTrue();
      assertThat(scope.containsAll(Scope.EMPTY)).isTrue();
      assertThat(scope.containsAll(Scope.of("email", "phone"))).isFalse();
      assertThat(Scope.EMPTY.containsAll(scope)).isFalse();
    }
  }

  @Nested
  class Devices {
    private static final String STABLE = "urn:matrix:client:device:ABC";
    private static final String UNSTABLE = "urn:matrix:org.matrix.msc2967.client:device:ABC";

    @Test
    void areNamedInEitherSpelling() {
      Device device = new Device("ABC");

      assertThat(Scope.of("openid", STABLE).devices()).containsExactly(device);
      assertThat(Scope.of(UNSTABLE).devices()).containsExactly(device);
      assertThat(Scope.of(STABLE, UNSTABLE).devices()).containsExactly(device);
      assertThat(Scope.of("openid", "urn:matrix:client:device:").devices()).isEmpty();
    }

    @Test
    void haveATokenInBothSpellings() {
      assertThat(new Device("ABC").scopeTokens())
          .containsExactly(new ScopeToken(STABLE), new ScopeToken(UNSTABLE));
    }

    @Test
    void haveNoTokenIfNoneCanNameThem() {
      assertThat(new Device("A B").scopeTokens()).isEmpty();
    }

    @Test
    void haveAnId() {
      assertThatIllegalArgumentException().isThrownBy(() -> new Device(""));
    }
  }
}
