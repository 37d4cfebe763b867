package dev.authstore.benchmarks.startup;

import dev.authstore.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/** Tests as a user writes them, each with a database of its own, and what they wait for it. */
public class DatabasePerTest {
  private static final int TESTS = 20;
  private static final List<Double> MILLIS = new CopyOnWriteArrayList<>();

  private final Watch watch = new Watch();

  @Order(1)
  @RegisterExtension
  final BeforeEachCallback begin = context -> watch.start();

  @Order(2)
  @RegisterExtension
  final TestDatabase database = TestDatabase.fresh();

  @Order(3)
  @RegisterExtension
  final BeforeEachCallback end = context -> watch.stop();

  @RepeatedTest(TESTS)
  void addsRows() throws SQLException {
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(
          """
          INSERT INTO %s.users (id, username, username_folded, created_at)
          SELECT gen_random_uuid(), 'user' || n, 'user' || n, now() FROM generate_series(1, 10) n
          """
              .formatted(database.schema()));
    }
  }

  /** Runs the tests; gives the milliseconds that each waited, the first one with the server. */
  static List<Double> millis() {
    MILLIS.clear();
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(DiscoverySelectors.selectClass(DatabasePerTest.class))
            .build();
    SummaryGeneratingListener summary = new SummaryGeneratingListener();
    LauncherFactory.create().execute(request, summary);
    if (MILLIS.size() != TESTS || summary.getSummary().getTotalFailureCount() > 0) {
      throw new IllegalStateException("failed: " + summary.getSummary().getFailures());
    }
    return new ArrayList<>(MILLIS);
  }

  /** Between two extensions. */
  private static final class Watch {
    private long start;

    void start() {
      start = System.nanoTime();
    }

    void stop() {
      MILLIS.add((System.nanoTime() - start) / 1e6);
    }
  }
}
