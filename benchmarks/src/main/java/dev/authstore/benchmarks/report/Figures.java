package dev.authstore.benchmarks.report;

import static java.util.Locale.ROOT;

import java.util.Arrays;

/** How figures are condensed and written. */
public final class Figures {
  private static final double ALWAYS_WHOLE = 100;

  private Figures() {}

  /** Of an odd number the one in the middle, else the lower of two. */
  public static double median(double... values) {
    return percentile(50, values);
  }

  /** The value that so many percent do not exceed. */
  public static double percentile(int percent, double... values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[(sorted.length - 1) * percent / 100];
  }

  /** Ratios to two places, whole numbers whole; the same everywhere. */
  public static String format(Object cell) {
    if (cell instanceof Double figure) {
      return String.format(ROOT, figure < ALWAYS_WHOLE ? "%.2f" : "%,.0f", figure);
    }
    return cell instanceof Number number
        ? String.format(ROOT, "%,d", number.longValue())
        : "" + cell;
  }
}
