package dev.authstore.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class RandomTextTest {
  private static final int MANY = 100_000;

  private final RandomGenerator random = new SplittableRandom(7);

  @Test
  void alphanumericsAreAllDrawnAlike() {
    assertDrawnAlike(RandomText.alphanumerics(random, MANY), "[0-9A-Za-z]+", 62);
  }

  @Test
  void digitsAreAllDrawnAlike() {
    assertDrawnAlike(RandomText.digits(random, MANY), "[0-9]+", 10);
  }

  @Test
  void userCodesHaveSixCharactersThatLookDifferent() {
    StringBuilder codes = new StringBuilder(MANY);
    while (codes.length() < MANY) {
      String code = RandomText.userCode(random);

      assertThat(code).hasSize(6);
      codes.append(code);
    }

    assertDrawnAlike(codes.toString(), "[2-9A-HJ-NP-Z]+", 32);
  }

  @Test
  void aLengthOfZeroIsTheEmptyText() {
    assertThat(RandomText.alphanumerics(random, 0)).isEmpty();
  }

  private static void assertDrawnAlike(String text, String pattern, int alphabet) {
    int[] counts = text.chars().distinct().map(c -> (int) count(text, c)).toArray();

    assertThat(text).matches(pattern);
    assertThat(counts).hasSize(alphabet);
    for (int count : counts) { // five standard deviations
      double mean = (double) text.length() / alphabet;
      assertThat((double) count).isBetween(mean - 5 * Math.sqrt(mean), mean + 5 * Math.sqrt(mean));
    }
  }

  private static long count(String text, int character) {
    return text.chars().filter(c -> c == character).count();
  }
}
