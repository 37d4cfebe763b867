package dev.authstore.benchmarks.report;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Figures with their names.
 *
 * @param rows of text, whole numbers and ratios
 */
public record Table(String title, List<String> columns, List<List<Object>> rows) {

  public Table {
    columns = List.copyOf(columns);
    rows = rows.stream().<List<Object>>map(List::copyOf).toList();
  }

  String markdown() {
    return "**%s**%n%n%s%s%s"
        .formatted(
            title,
            line(columns),
            line(columns.stream().map(column -> "---").toList()),
            rows.stream()
                .map(row -> line(row.stream().map(Figures::format).toList()))
                .collect(Collectors.joining()));
  }

  private static String line(List<String> cells) {
    return "| " + String.join(" | ", cells) + " |\n";
  }
}
