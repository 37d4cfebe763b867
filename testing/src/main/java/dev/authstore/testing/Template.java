package dev.authstore.testing;

import static java.util.stream.Collectors.joining;

import dev.authstore.database.Identifiers;
import dev.authstore.migrations.MigrationSettings;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.sql.DataSource;

/** The migrated database that others are copied from, and what makes them like it again. */
final class Template {

  private static final String SCHEMA = MigrationSettings.defaults().schema();

  /** Where definitions, rights, settings and statistics are kept. */
  private static final List<String> CATALOGUES =
      List.of(
          "pg_attrdef",
          "pg_attribute",
          "pg_class",
          "pg_constraint",
          "pg_default_acl",
          "pg_depend",
          "pg_enum",
          "pg_event_trigger",
          "pg_extension",
          "pg_index",
          "pg_inherits",
          "pg_largeobject_metadata",
          "pg_namespace",
          "pg_policy",
          "pg_proc",
          "pg_publication",
          "pg_rewrite",
          "pg_statistic",
          "pg_statistic_ext",
          "pg_trigger",
          "pg_type");

  /** A table that has grown beyond this makes later tests slower, and their plans different. */
  private static final int LARGEST_TABLE = 256 * 1024;

  private static final String COUNT_OTHERS =
      "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";

  private final String name;
  private final String empty;
  private final String fingerprint;
  private final String expected;

  private Template(String name, String empty, String fingerprint, String expected) {
    this.name = name;
    this.empty = empty;
    this.fingerprint = fingerprint;
    this.expected = expected;
  }

  static Template of(String name, DataSource dataSource) {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      List<String> emptyTables = new ArrayList<>();
      List<String> filledTables = new ArrayList<>();
      for (String table : tables(statement)) {
        boolean filled = read(statement, "SELECT EXISTS (SELECT FROM " + table + ")").equals("t");
        (filled ? filledTables : emptyTables).add(table);
      }
      String fingerprint = fingerprint(filledTables);
      return new Template(name, emptying(emptyTables), fingerprint, read(statement, fingerprint));
    } catch (SQLException e) {
      throw new IllegalStateException("the template cannot be read", e);
    }
  }

  String name() {
    return name;
  }

  /**
   * Removes the rows that a test has left.
   *
   * @return whether the database is now as the template; if not, only a new one will do
   */
  boolean restore(DataSource used) {
    try (Connection connection = used.getConnection();
        Statement statement = connection.createStatement()) {
      if (!read(statement, COUNT_OTHERS).equals("0")) {
        return false;
      }
      statement.execute(empty);
      return read(statement, fingerprint).equals(expected);
    } catch (SQLException e) {
      return false; // whatever the test has broken, it is not as it was
    }
  }

  private static List<String> tables(Statement statement) throws SQLException {
    List<String> tables = new ArrayList<>();
    try (ResultSet rows =
        statement.executeQuery(
            "SELECT tablename FROM pg_tables WHERE schemaname = '%s'".formatted(SCHEMA))) {
      while (rows.next()) {
        tables.add(Identifiers.quoted(SCHEMA) + "." + Identifiers.quoted(rows.getString(1)));
      }
    }
    return tables;
  }

  /** DELETE, since TRUNCATE makes new files; as a replica, so that foreign keys do not matter. */
  private static String emptying(List<String> tables) {
    return tables.stream()
        .map(table -> "DELETE FROM " + table + ";")
        .collect(
            joining(
                "", "SET session_replication_role = replica;", "RESET session_replication_role"));
  }

  /**
   * A query that gives one text, another one when anything but the rows of the empty tables has
   * changed: every change of a row gives it a new {@code xmin}.
   */
  private static String fingerprint(List<String> filledTables) {
    Stream<String> rows =
        Stream.concat(CATALOGUES.stream(), filledTables.stream())
            .map(table -> "(SELECT (count(*), sum(xmin::text::bigint)) FROM " + table + ")");
    Stream<String> others =
        Stream.of(
            "(SELECT (sum(relpages), sum(reltuples)) FROM pg_class)", // changed in place
            "(SELECT sum(last_value) FROM pg_sequences)",
            "(SELECT count(*) FROM pg_db_role_setting JOIN pg_database ON pg_database.oid = setdatabase"
                + " WHERE datname = current_database())",
            "(SELECT bool_and(pg_relation_size(oid) <= %d) FROM pg_class WHERE relnamespace = '%s'::regnamespace)"
                .formatted(LARGEST_TABLE, SCHEMA));
    return Stream.concat(rows, others).collect(joining(", ", "SELECT row(", ")"));
  }

  private static String read(Statement statement, String query) throws SQLException {
    try (ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getString(1);
    }
  }
}
