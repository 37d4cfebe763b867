package dev.authstore.testing;

import static java.util.stream.Collectors.joining;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.sql.DataSource;

/** The migrated database that others are copied from, and what makes them like it again. */
final class Template {

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

  /** What comes with a server has smaller object ids. */
  private static final int FIRST_MADE = 16384;

  private static final String TABLES =
      "SELECT oid::regclass FROM pg_class WHERE relkind = 'r' AND oid >= " + FIRST_MADE;

  /** How sequences get the numbers again that the template has. */
  private static final String SEQUENCES =
      """
      SELECT format('setval(%L, %s, %L)', format('%I.%I', schemaname, sequencename),
        coalesce(last_value, start_value), last_value IS NOT NULL)
      FROM pg_sequences
      """;

  private static final String COUNT_OTHERS =
      "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <>"
          + " pg_backend_pid()";

  private static final String IS_SUPERUSER =
      "SELECT rolsuper FROM pg_roles WHERE rolname = current_user";

  private static final String HAS_GROWN =
      "SELECT coalesce(max(pg_relation_size(oid)) > %d, false) FROM pg_class WHERE oid >= %d"
          .formatted(LARGEST_TABLE, FIRST_MADE);

  private final String name;
  private final Optional<Emptying> emptying;

  private Template(String name, Optional<Emptying> emptying) {
    this.name = name;
    this.emptying = emptying;
  }

  /**
   * How used databases are made like the template again.
   *
   * @param statements what removes the rows
   * @param fingerprint a query for one text that tells whether anything else has changed
   * @param expected the text of the template
   */
  private record Emptying(String statements, String fingerprint, String expected) {}

  static Template of(String name, DataSource dataSource) {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      boolean mayLookAndEmpty = read(statement, IS_SUPERUSER).equals("t");
      return new Template(
          name, mayLookAndEmpty ? Optional.of(emptying(statement)) : Optional.empty());
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
    if (emptying.isEmpty()) {
      return false;
    }
    Emptying known = emptying.get();
    try (Connection connection = used.getConnection();
        Statement statement = connection.createStatement()) {
      if (!read(statement, COUNT_OTHERS).equals("0") || read(statement, HAS_GROWN).equals("t")) {
        return false; // emptying what has grown takes longer than a new one
      }
      statement.execute(known.statements());
      return read(statement, known.fingerprint()).equals(known.expected());
    } catch (SQLException e) {
      return false; // whatever the test has broken, it is not as it was
    }
  }

  private static Emptying emptying(Statement statement) throws SQLException {
    List<String> emptyTables = new ArrayList<>();
    List<String> filledTables = new ArrayList<>();
    for (String table : list(statement, TABLES)) {
      boolean filled = read(statement, "SELECT EXISTS (SELECT FROM " + table + ")").equals("t");
      (filled ? filledTables : emptyTables).add(table);
    }
    String fingerprint = fingerprint(filledTables);
    return new Emptying(
        statements(emptyTables, list(statement, SEQUENCES)),
        fingerprint,
        read(statement, fingerprint));
  }

  private static List<String> list(Statement statement, String query) throws SQLException {
    List<String> texts = new ArrayList<>();
    try (ResultSet rows = statement.executeQuery(query)) {
      while (rows.next()) {
        texts.add(rows.getString(1));
      }
    }
    return texts;
  }

  /** DELETE, since TRUNCATE makes new files; as a replica, so that foreign keys do not matter. */
  private static String statements(List<String> tables, List<String> sequences) {
    Stream<String> deletions = tables.stream().map(table -> "DELETE FROM " + table + ";");
    Stream<String> resets = sequences.stream().map(reset -> "SELECT " + reset + ";");
    return Stream.concat(deletions, resets)
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
            "(SELECT count(*) FROM pg_db_role_setting JOIN pg_database ON pg_database.oid ="
                + " setdatabase WHERE datname = current_database())");
    return Stream.concat(rows, others).collect(joining(", ", "SELECT row(", ")"));
  }

  private static String read(Statement statement, String query) throws SQLException {
    try (ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getString(1);
    }
  }
}
