package dev.authstore.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TextsTest {
  private static final String EMOJI = "\ud83d\ude00";

  @Nested
  class Identity {
    @ParameterizedTest
    @ValueSource(strings = {"alice", " alice ", "a\u0001\u007f", "\uffff", EMOJI})
    void returnsTheTextAsItIs(String text) {
      assertThat(Texts.identity(text, 255)).isSameAs(text);
    }

    @Test
    void refusesTheEmptyText() {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Texts.identity("", 255))
          .withMessage("text is empty");
    }

    @ParameterizedTest
    @ValueSource(strings = {"secret\0", "secret\ud83d", "\ude00secret", "\ude00\ud83d"})
    void refusesWhatIsNoCharacterWithoutRepeatingIt(String text) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Texts.identity(text, 255))
          .withMessage("text contains U+0000 or an unpaired surrogate");
    }

    @ParameterizedTest
    @CsvSource({
      "a, 1",
      "\u007f, 1",
      "\u0080, 2",
      "\u07ff, 2",
      "\u0800, 3",
      "\uffff, 3",
      EMOJI + ", 4"
    })
    void countsBytesOfUtf8(String text, int bytes) {
      assertThat(Texts.isStorable(text, bytes)).isTrue();
      assertThat(Texts.isStorable(text, bytes - 1)).isFalse();
    }

    @Test
    void refusesTextTooLongWithoutRepeatingIt() {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Texts.identity("secret", 5))
          .withMessage("text is longer than 5 bytes");
    }
  }

  @Nested
  class IsStorable {
    @ParameterizedTest
    @ValueSource(strings = {"a", "12345", EMOJI})
    void acceptsWhatIdentityAccepts(String text) {
      assertThat(Texts.isStorable(text, 5)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\0", "\ud83d", "123456", EMOJI + EMOJI})
    void rejectsWhatIdentityRefuses(String text) {
      assertThat(Texts.isStorable(text, 5)).isFalse();
    }
  }

  @Nested
  class Advisory {
    @ParameterizedTest
    @ValueSource(strings = {"", "Mozilla/5.0", "a\tb", EMOJI})
    void keepsText(String text) {
      assertThat(Texts.advisory(text)).isEqualTo(text);
    }

    @Test
    void replacesWhatIsNoCharacter() {
      assertThat(Texts.advisory("a\0b\ud83dc\ude00")).isEqualTo("a\ufffdb\ufffdc\ufffd");
    }

    @Test
    void cutsAfter1024CodePoints() {
      assertThat(Texts.advisory(EMOJI.repeat(1_025))).isEqualTo(EMOJI.repeat(1_024));
    }
  }
}
