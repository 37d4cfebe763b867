package dev.authstore.benchmarks.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Locale;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Draws charts. */
final class Pictures {
  private static final int WIDTH = 860;
  private static final int HEIGHT = 430;
  private static final int MARKER = 6;
  private static final float LINE = 1.8f;
  private static final Font PLAIN = new Font(Font.SANS_SERIF, Font.PLAIN, 13);
  private static final Font BOLD = new Font(Font.SANS_SERIF, Font.BOLD, 15);
  private static final Color GRID = new Color(0xdddddd);

  /** Told apart also by those who do not see red and green (Okabe and Ito). */
  private static final Color[] COLORS = {
    new Color(0x0072b2), new Color(0xd55e00), new Color(0x009e73), new Color(0xcc79a7),
    new Color(0xe69f00), new Color(0x56b4e9), new Color(0x000000), new Color(0x999999),
  };

  private Pictures() {}

  /** Writes SVG. */
  static void write(Chart chart, OutputStream out) throws IOException {
    VectorGraphicsEncoder.saveVectorGraphic(drawn(chart), out, VectorGraphicsFormat.SVG);
  }

  private static XYChart drawn(Chart chart) {
    XYChart drawn =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(chart.title())
            .xAxisTitle(chart.xAxis())
            .yAxisTitle(chart.yAxis())
            .build();
    style(drawn.getStyler(), chart);
    for (Chart.Line line : chart.lines()) {
      XYSeries series = drawn.addSeries(line.name(), line.x(), line.y());
      series.setMarker(SeriesMarkers.CIRCLE);
      series.setLineStyle(SeriesLines.SOLID);
      series.setLineWidth(LINE);
    }
    return drawn;
  }

  private static void style(XYStyler styler, Chart chart) {
    styler.setLocale(Locale.ROOT);
    styler.setSeriesColors(COLORS);
    styler.setMarkerSize(MARKER);
    styler.setChartBackgroundColor(Color.WHITE);
    styler.setPlotBorderVisible(false);
    styler.setPlotGridLinesColor(GRID);
    styler.setPlotGridLinesStroke(new BasicStroke(1));
    styler.setChartTitleFont(BOLD);
    styler.setAxisTitleFont(PLAIN);
    styler.setAxisTickLabelsFont(PLAIN);
    styler.setLegendFont(PLAIN);
    styler.setLegendPosition(Styler.LegendPosition.OutsideE);
    styler.setLegendBorderColor(Color.WHITE);
    styler.setXAxisLogarithmic(chart.scale() != Chart.Scale.LINEAR);
    styler.setYAxisLogarithmic(chart.scale() == Chart.Scale.LOGARITHMIC);
    styler.setXAxisDecimalPattern("#,##0.###");
    styler.setYAxisDecimalPattern("#,##0.###");
    if (chart.scale() != Chart.Scale.LOGARITHMIC) {
      styler.setYAxisMin(0.0);
    }
    if (chart.scale() == Chart.Scale.LINEAR) {
      styler.setXAxisMin(0.0);
    }
  }
}
