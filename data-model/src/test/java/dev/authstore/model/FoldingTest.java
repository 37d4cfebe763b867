package dev.authstore.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class FoldingTest {
  @Nested
  class Fold {
    @Test
    void isIdempotentForEveryCodePoint() {
      IntStream changedTwice =
          IntStream.rangeClosed(0, Character.MAX_CODE_POINT)
              .filter(
                  codePoint -> {
                    String once = Folding.fold(Character.toString(codePoint));
                    return !Folding.fold(once).equals(once);
                  });

      assertThat(changedTwice).isEmpty();
    }

    @Test
    void ignoresTheLocaleOfTheProcess() {
      assertThat("TITLE".toLowerCase(Locale.getDefault())).as("the build is Turkish").contains("ı");

      assertThat(Folding.fold("TITLE")).isEqualTo("title");
    }

    @Test
    void foldsLettersBeyondAscii() {
      assertThat(Folding.fold("ÉRIC")).isEqualTo("éric");
    }

    @Test
    void composesLetterAndAccent() {
      assertThat(Folding.fold("E\u0301")).isEqualTo(Folding.fold("É")).isEqualTo("\u00e9");
    }

    @Test
    void foldsTheKelvinSignToK() {
      assertThat(Folding.fold("\u212a")).isEqualTo("k");
    }

    @Test
    void tellsDottedCapitalIFromI() {
      assertThat(Folding.fold("\u0130")).isEqualTo("i\u0307").isNotEqualTo(Folding.fold("i"));
    }

    @Test
    void keepsDotlessI() {
      assertThat(Folding.fold("\u0131")).isEqualTo("\u0131");
    }

    @Test
    void tellsSharpSFromDoubleS() {
      assertThat(Folding.fold("ß")).isNotEqualTo(Folding.fold("ss"));
    }

    @Test
    void tellsFullWidthLettersFromAscii() {
      assertThat(Folding.fold("\uff21")).isEqualTo("\uff41").isNotEqualTo(Folding.fold("A"));
    }
  }
}
