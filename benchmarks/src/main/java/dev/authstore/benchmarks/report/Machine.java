package dev.authstore.benchmarks.report;

import dev.authstore.benchmarks.Bench;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/** What a run was made on. */
final class Machine {
  private static final String PROCESSOR = "model name";

  /** Settings of the server without which figures cannot be compared. */
  private static final String[] SETTINGS = {
    "shared_buffers",
    "huge_pages_status",
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "autovacuum",
    "jit",
  };

  private Machine() {}

  static Map<String, String> describe(Bench bench) throws SQLException, IOException {
    Map<String, String> facts = new LinkedHashMap<>();
    Runtime runtime = Runtime.getRuntime();
    facts.put(
        "machine",
        "%d cores (%s), %s %s"
            .formatted(
                runtime.availableProcessors(),
                processor(),
                System.getProperty("os.name"),
                System.getProperty("os.arch")));
    facts.put("Java", System.getProperty("java.vm.name") + " " + Runtime.version());
    try (Connection connection = bench.server().dataSource("postgres").getConnection();
        Statement statement = connection.createStatement()) {
      facts.put("driver", connection.getMetaData().getDriverVersion());
      facts.put("PostgreSQL", connection.getMetaData().getDatabaseProductVersion());
      StringBuilder settings = new StringBuilder();
      for (String setting : SETTINGS) {
        try (ResultSet row = statement.executeQuery("SHOW " + setting)) {
          row.next();
          settings.append(settings.isEmpty() ? "" : ", ").append(setting);
          settings.append(' ').append(row.getString(1));
        }
      }
      facts.put("server settings", settings.toString());
    }
    facts.put("load before", load());
    return facts;
  }

  private static String processor() throws IOException {
    Path file = Path.of("/proc/cpuinfo");
    if (!Files.exists(file)) {
      return "of unknown make";
    }
    try (Stream<String> lines = Files.lines(file)) {
      return lines
          .filter(line -> line.startsWith(PROCESSOR))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("of unknown make");
    }
  }

  private static String load() {
    double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    return load < 0 ? "unknown" : Figures.format(load);
  }
}
