package dev.authstore.benchmarks.data;

import dev.authstore.benchmarks.Database;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Statements that fill Authstore's tables from a population. Foreign keys are not checked: what
 * refers to rows is right by construction.
 */
final class BulkLoad {
  private final Database database;

  BulkLoad(Database database) {
    this.database = database;
  }

  /** Runs statements one after the other. */
  void inTurn(List<String> statements) throws SQLException {
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      for (String preparation : preparations()) {
        statement.execute(preparation);
      }
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  /** Runs statements that do not need each other, as many at once as there are cores. */
  void together(List<String> statements) throws SQLException {
    ExecutorService threads =
        Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
    try {
      List<Future<?>> running = new ArrayList<>();
      for (String sql : statements) {
        running.add(
            threads.submit(
                () -> {
                  inTurn(List.of(sql));
                  return sql;
                }));
      }
      for (Future<?> one : running) {
        one.get();
      }
    } catch (ExecutionException e) {
      throw new SQLException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SQLException(e);
    } finally {
      threads.shutdownNow();
    }
  }

  /**
   * Drops the indexes of tables, which cost a fraction when they are built over all rows at once.
   * Those that a foreign key needs stay.
   *
   * @return what builds them, a text for each table, since they would wait for each other
   */
  List<String> dropIndexes(List<String> tables) throws SQLException {
    List<String> drops = new ArrayList<>();
    List<String> builds = new ArrayList<>();
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(searchPath());
      try (ResultSet rows = statement.executeQuery(indexes(tables))) {
        while (rows.next()) {
          drops.add(rows.getString(1));
          builds.add(rows.getString(2));
        }
      }
    }
    inTurn(drops);
    return builds;
  }

  /** Has the server do what autovacuum would. */
  void vacuum() throws SQLException {
    String tables =
        """
        SELECT string_agg(format('%%I.%%I', schemaname, tablename), ', ') FROM pg_tables WHERE schemaname = '%s'
        """
            .formatted(database.schema());
    inTurn(List.of("VACUUM ANALYZE " + database.text(tables)));
  }

  private List<String> preparations() {
    return List.of(
        searchPath(),
        "SET maintenance_work_mem TO '256MB'",
        "SET work_mem TO '256MB'",
        "SET lock_timeout TO 0",
        "SET session_replication_role TO replica");
  }

  private String searchPath() {
    return "SET search_path TO %s, population, public".formatted(database.schema());
  }

  /** How those of each table are dropped and built; those of constraints with the constraints. */
  private static String indexes(List<String> tables) {
    return """
    SELECT
      string_agg(CASE WHEN c.oid IS NULL THEN 'DROP INDEX ' || indexrelid::regclass
        ELSE format('ALTER TABLE %%s DROP CONSTRAINT %%I', indrelid::regclass, conname) END, ';'),
      string_agg(CASE WHEN c.oid IS NULL THEN pg_get_indexdef(indexrelid)
        ELSE format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', indrelid::regclass, conname, pg_get_constraintdef(c.oid)) END, ';')
    FROM pg_index LEFT JOIN pg_constraint c ON conindid = indexrelid AND contype IN ('u', 'x')
    WHERE indrelid = ANY ('{%s}'::regclass[]) AND NOT indisprimary
      AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.conindid = indexrelid AND f.contype = 'f')
    GROUP BY indrelid
    """
        .formatted(String.join(",", tables));
  }
}
