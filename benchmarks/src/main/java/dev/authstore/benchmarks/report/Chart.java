package dev.authstore.benchmarks.report;

import java.util.List;

/** Curves over one axis. */
public record Chart(String title, String xAxis, String yAxis, Scale scale, List<Line> lines) {

  /** Of the axes. */
  public enum Scale {
    LINEAR,
    LOGARITHMIC_X,
    LOGARITHMIC
  }

  public Chart {
    lines = List.copyOf(lines);
  }

  /** One curve, point by point. */
  public record Line(String name, List<Double> x, List<Double> y) {
    public Line {
      x = List.copyOf(x);
      y = List.copyOf(y);
    }
  }
}
