package dev.authstore.benchmarks.flows;

import dev.authstore.benchmarks.Form;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * How much there is, and how long to measure.
 *
 * @param active sessions whose activity is recorded at once
 * @param expired tokens that one run cleans up
 * @param rounds of turns, an odd number
 * @param bulkRounds of the bulk flows, an odd number
 */
record Amounts(
    Sizes sizes,
    int active,
    int expired,
    TimeValue warmUp,
    int rounds,
    TimeValue turn,
    int bulkRounds) {

  /** What is made. */
  record Sizes(int authorizations, int codesPerPeer) {}

  static Amounts of(Form form) {
    return form.choose(
        new Amounts(new Sizes(10_000, 2_000), 500, 1_000, millis(50), 1, millis(50), 1),
        new Amounts(new Sizes(50_000, 15_000), 10_000, 50_000, millis(600), 3, millis(300), 1),
        new Amounts(
            new Sizes(1_000_000, 200_000), 10_000, 1_000_000, millis(4_000), 9, millis(1_000), 3));
  }

  private static TimeValue millis(long millis) {
    return TimeValue.milliseconds(millis);
  }
}
