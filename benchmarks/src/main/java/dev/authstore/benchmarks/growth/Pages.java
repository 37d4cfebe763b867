package dev.authstore.benchmarks.growth;

import dev.authstore.benchmarks.Bench;
import dev.authstore.benchmarks.Turn;
import dev.authstore.benchmarks.report.Chart;
import dev.authstore.benchmarks.report.Findings;
import dev.authstore.benchmarks.report.Goal;
import dev.authstore.benchmarks.report.Table;
import dev.authstore.storage.oauth2.OAuth2SessionFilter;
import dev.authstore.storage.page.Pagination;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.TimeValue;

/** A page of all sessions, from the first to the last. */
final class Pages {
  private static final double GROWTH = 1.3;
  private static final int PAGE = 10;
  private static final int STEP = 10;
  private static final String BY_OFFSET =
      "SELECT * FROM oauth2_sessions ORDER BY id OFFSET ? LIMIT ?";

  private final Bench bench;
  private final Stock stock;
  private final TimeValue warmUp;
  private final TimeValue turn;

  Pages(Bench bench, Stock stock, TimeValue warmUp, TimeValue turn) {
    this.bench = bench;
    this.stock = stock;
    this.warmUp = warmUp;
    this.turn = turn;
  }

  void report(Findings findings) throws SQLException, RunnerException {
    List<Double> depths = new ArrayList<>();
    List<Double> times = new ArrayList<>();
    List<Double> offsetTimes = new ArrayList<>();
    for (int depth = 1; depth <= stock.size() / PAGE; depth *= STEP) {
      bench.progress("page %,d".formatted(depth));
      int skipped = (depth - 1) * PAGE;
      Pagination page = page(skipped);
      depths.add((double) depth);
      times.add(median(() -> byKey(page)));
      offsetTimes.add(median(() -> byOffset(skipped)));
    }
    List<List<Object>> rows = new ArrayList<>();
    double worst = 0;
    for (int i = 0; i < depths.size(); i++) {
      double ratio = times.get(i) / times.get(0);
      worst = Math.max(worst, ratio);
      rows.add(List.of(depths.get(i).longValue(), ratio, offsetTimes.get(i) / times.get(0)));
    }
    findings.add(
        new Table(
            "A page of ten of %,d sessions, as a multiple of the first one".formatted(stock.size()),
            List.of("Page", "Authstore", "By OFFSET, JDBC"),
            rows));
    findings.add(
        new Chart(
            "Median time of a page, in microseconds",
            "page",
            "microseconds",
            Chart.Scale.LOGARITHMIC,
            List.of(
                new Chart.Line("Authstore", depths, times),
                new Chart.Line("By OFFSET, JDBC", depths, offsetTimes))));
    findings.add(Goal.atMost(GROWTH, "growth: median of a page", worst, "first to last page"));
  }

  private Pagination page(int skipped) throws SQLException {
    if (skipped == 0) {
      return Pagination.first(PAGE);
    }
    UUID cursor =
        stock
            .database()
            .ids(
                "SELECT id FROM %s.oauth2_sessions ORDER BY id OFFSET %d LIMIT 1"
                    .formatted(stock.database().schema(), skipped - 1))
            .get(0);
    return Pagination.first(PAGE).after(cursor);
  }

  private double median(Supplier<?> work) throws RunnerException {
    Turn.take(work, warmUp);
    return Turn.take(work, turn).median() / 1_000;
  }

  private Object byKey(Pagination page) {
    return stock
        .repositories()
        .read(repo -> repo.oauth2Sessions().list(OAuth2SessionFilter.all(), page));
  }

  private Object byOffset(int skipped) {
    try (Connection connection = stock.pool().getConnection();
        PreparedStatement statement = connection.prepareStatement(BY_OFFSET)) {
      statement.setInt(1, skipped);
      statement.setInt(2, PAGE);
      List<UUID> ids = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          ids.add(rows.getObject(1, UUID.class));
        }
      }
      return ids;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
