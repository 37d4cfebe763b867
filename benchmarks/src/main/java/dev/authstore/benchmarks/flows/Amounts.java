package dev.authstore.benchmarks.flows;

import dev.authstore.benchmarks.Form;
import dev.authstore.benchmarks.Rounds;
import java.time.Duration;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * How much there is, and how long to measure.
 *
 * @param active sessions whose activity is recorded at once
 * @param expired tokens that one run cleans up
 * @param rounds of each flow
 * @param bulkRounds of each bulk flow
 */
record Amounts(
    Sizes sizes,
    int active,
    int expired,
    TimeValue warmUp,
    Rounds rounds,
    TimeValue turn,
    Rounds bulkRounds) {

  /** What is made. */
  record Sizes(int authorizations, int codesPerPeer) {}

  static Amounts of(Form form) {
    return form.choose(
        new Amounts(
            new Sizes(10_000, 2_000),
            500,
            1_000,
            millis(50),
            rounds(1, 0),
            millis(50),
            rounds(1, 0)),
        new Amounts(
            new Sizes(50_000, 15_000),
            10_000,
            50_000,
            millis(600),
            rounds(3, 0),
            millis(300),
            rounds(1, 0)),
        new Amounts(
            new Sizes(1_000_000, 60_000),
            10_000,
            1_000_000,
            millis(1_000),
            rounds(3, 25),
            millis(500),
            rounds(1, 30)));
  }

  private static Rounds rounds(int least, int seconds) {
    return new Rounds(least, Duration.ofSeconds(seconds));
  }

  private static TimeValue millis(long millis) {
    return TimeValue.milliseconds(millis);
  }
}
