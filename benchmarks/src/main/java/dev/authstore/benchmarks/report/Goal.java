package dev.authstore.benchmarks.report;

/**
 * A limit, and the figure that comes closest to it or exceeds it most.
 *
 * @param where the row of that figure
 */
public record Goal(String what, Bound bound, double limit, double reached, String where) {

  /** On which side of the limit it is good to be. */
  public enum Bound {
    AT_MOST,
    AT_LEAST
  }

  public static Goal atMost(double limit, String what, double reached, String where) {
    return new Goal(what, Bound.AT_MOST, limit, reached, where);
  }

  public static Goal atLeast(double limit, String what, double reached, String where) {
    return new Goal(what, Bound.AT_LEAST, limit, reached, where);
  }

  /** As exact as it is written. */
  public boolean isMet() {
    double rounded = Math.round(reached * 100) / 100.0;
    return bound == Bound.AT_MOST ? rounded <= limit : rounded >= limit;
  }
}
