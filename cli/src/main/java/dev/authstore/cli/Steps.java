package dev.authstore.cli;

import dev.authstore.storage.StorageObserver;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The table of what the demo does: runs the steps, counts what they send, prints a line for each,
 * at most 100 columns wide. Steps run one after the other.
 */
final class Steps implements StorageObserver {

  /** Round trips that are no statements; BEGIN is neither. */
  private static final Set<String> ENDS = Set.of("COMMIT", "ROLLBACK");

  private final PrintWriter out;
  private final AtomicInteger statements = new AtomicInteger();
  private final AtomicInteger roundTrips = new AtomicInteger();
  private int steps;
  private int allStatements;
  private int allRoundTrips;
  private Duration time = Duration.ZERO;

  Steps(PrintWriter out) {
    this.out = out;
  }

  void heading() {
    print("#", "step", "what happened", "statements", "round trips", "time");
    print("--", "-".repeat(15), "-".repeat(42), "-".repeat(10), "-".repeat(11), "-".repeat(9));
  }

  /**
   * Runs a step.
   *
   * @param outcome says what happened; it may also check it, outside the time taken
   */
  <T> T run(String name, Supplier<T> action, Function<? super T, String> outcome) {
    statements.set(0);
    roundTrips.set(0);
    long start = System.nanoTime();
    T result = action.get();
    Duration elapsed = Duration.ofNanos(System.nanoTime() - start);
    steps++;
    time = time.plus(elapsed);
    allStatements += statements.get();
    allRoundTrips += roundTrips.get();
    print(
        Integer.toString(steps),
        name,
        outcome.apply(result),
        counted(statements),
        counted(roundTrips),
        milliseconds(elapsed));
    return result;
  }

  void summary() {
    out.printf(
        "%nDone: %d steps, %d statements, %d round trips; %s in all.%n",
        steps, allStatements, allRoundTrips, milliseconds(time));
    out.println("COMMIT and ROLLBACK are round trips, BEGIN travels with the first statement.");
    out.println("Times are of a cold start: each kind of statement runs for the first time.");
    out.flush();
  }

  @Override
  public void statement(Statement statement) {
    roundTrips.incrementAndGet();
    if (!ENDS.contains(statement.sql())) {
      statements.incrementAndGet();
    }
  }

  private void print(String... cells) {
    out.printf("%2s  %-15s  %-42s  %10s  %11s  %9s%n", (Object[]) cells);
    out.flush();
  }

  /** Nothing is counted where something else than the repositories is at work. */
  private static String counted(AtomicInteger count) {
    return count.get() == 0 ? "-" : count.toString();
  }

  private static String milliseconds(Duration duration) {
    return String.format(Locale.ROOT, "%.1f ms", duration.toNanos() / 1e6);
  }
}
