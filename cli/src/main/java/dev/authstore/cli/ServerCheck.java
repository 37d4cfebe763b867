package dev.authstore.cli;

import dev.authstore.database.DatabaseConfig;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** What the server tells about itself and about the schema. */
final class ServerCheck {

  private static final Duration TOLERATED_SKEW = Duration.ofSeconds(1);

  private static final String OLD_TRANSACTIONS =
      """
      SELECT count(*), coalesce(max(extract(epoch FROM now() - xact_start)), 0)::int
      FROM pg_stat_activity WHERE xact_start < now() - interval '5 minutes'
      """;

  private static final String EXTENSION =
      """
      SELECT (SELECT extnamespace::regnamespace::text FROM pg_extension WHERE extname = 'pg_trgm'),
        EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_trgm')
      """;

  private static final String UNVALIDATED =
      """
      SELECT conname FROM pg_constraint JOIN pg_namespace ON pg_namespace.oid = connamespace
      WHERE nspname = ? AND NOT convalidated ORDER BY conname
      """;

  private static final String INVALID =
      """
      SELECT relname FROM pg_index
      JOIN pg_class ON pg_class.oid = indexrelid
      JOIN pg_namespace ON pg_namespace.oid = relnamespace
      WHERE nspname = ? AND NOT indisvalid ORDER BY relname
      """;

  private final Connection connection;
  private final DatabaseConfig config;

  ServerCheck(Connection connection, DatabaseConfig config) {
    this.connection = connection;
    this.config = config;
  }

  List<Finding> findings() throws SQLException {
    List<Finding> findings = new ArrayList<>();
    findings.add(encoding());
    findings.add(extension());
    findings.add(clock());
    findings.add(transactions());
    return findings;
  }

  /** What can be asked of a schema that is up to date. */
  List<Finding> schemaFindings() throws SQLException {
    List<Finding> findings = new ArrayList<>();
    List<String> invalid = names(INVALID);
    findings.add(
        invalid.isEmpty()
            ? Finding.ok("indexes", "all valid")
            : Finding.fail(
                "indexes",
                "invalid: %s; run `authstore database repair`".formatted(Doctor.some(invalid)),
                Failures.MISMATCH));
    List<String> unvalidated = names(UNVALIDATED);
    findings.add(
        unvalidated.isEmpty()
            ? Finding.ok("constraints", "all validated")
            : Finding.warn(
                "constraints",
                "not validated: %s; ALTER TABLE … VALIDATE CONSTRAINT"
                    .formatted(Doctor.some(unvalidated))));
    return findings;
  }

  private Finding encoding() throws SQLException {
    String encoding = text("SHOW server_encoding");
    String zone = text("SHOW TimeZone");
    return encoding.equals("UTF8")
        ? Finding.ok("encoding", "UTF8, sessions in " + zone)
        : Finding.fail("encoding", encoding + " instead of UTF8", Failures.MISMATCH);
  }

  private Finding extension() throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(EXTENSION)) {
      row.next();
      String schema = row.getString(1);
      if (schema != null) {
        return Finding.ok("extension", "pg_trgm in schema " + schema);
      }
      return row.getBoolean(2)
          ? Finding.ok("extension", "pg_trgm can be created")
          : Finding.fail("extension", "no pg_trgm: install postgresql-contrib", Failures.MISMATCH);
    }
  }

  /** The middle of question and answer is compared with the server's time. */
  private Finding clock() throws SQLException {
    Instant asked = Instant.now();
    long start = System.nanoTime();
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT clock_timestamp()")) {
      row.next();
      Timestamp server = row.getTimestamp(1);
      Duration half = Duration.ofNanos(System.nanoTime() - start).dividedBy(2);
      Duration skew = Duration.between(asked.plus(half), server.toInstant()).abs();
      boolean tolerable = skew.minus(half).compareTo(TOLERATED_SKEW) < 0;
      String text = "%d ms from the server's".formatted(skew.toMillis());
      return tolerable
          ? Finding.ok("clock", text)
          : Finding.warn("clock", text + ": tokens expire early or late, let NTP set both clocks");
    }
  }

  private Finding transactions() throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(OLD_TRANSACTIONS)) {
      row.next();
      return row.getInt(1) == 0
          ? Finding.ok("transactions", "none longer than five minutes")
          : Finding.warn(
              "transactions",
              "%d longer than five minutes, the oldest %d s: see pg_stat_activity"
                  .formatted(row.getInt(1), row.getInt(2)));
    }
  }

  private String text(String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getString(1);
    }
  }

  private List<String> names(String query) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(query)) {
      statement.setString(1, config.schema());
      try (ResultSet row = statement.executeQuery()) {
        List<String> names = new ArrayList<>();
        while (row.next()) {
          names.add(row.getString(1));
        }
        return names;
      }
    }
  }
}
