package dev.authstore.migrations;

import dev.authstore.database.ConnectFailedException;
import dev.authstore.database.Connections;
import dev.authstore.database.DatabaseConfig;
import dev.authstore.database.Identifiers;
import dev.authstore.migrations.TableRights.Right;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the role of a running service can do in the schema, compared with what it needs.
 *
 * @param role that the service's sessions have
 * @param missing what it needs and lacks
 * @param excessive what it has and does not need: what an intruder could do
 * @param grants SQL that gives what is missing
 */
public record RunRights(
    String role, List<String> missing, List<String> excessive, List<String> grants) {

  private static final Logger LOG = LoggerFactory.getLogger("authstore.database");

  private static final String SCHEMA =
      """
      SELECT current_user::text,
        has_schema_privilege(oid, 'USAGE'), has_schema_privilege(oid, 'CREATE')
      FROM pg_namespace WHERE nspname = ?
      """;

  private static final String TABLES =
      """
      SELECT nspname, relname,
        has_table_privilege(pg_class.oid, 'SELECT') AS "SELECT",
        has_table_privilege(pg_class.oid, 'INSERT') AS "INSERT",
        has_table_privilege(pg_class.oid, 'UPDATE') AS "UPDATE",
        has_table_privilege(pg_class.oid, 'DELETE') AS "DELETE",
        has_table_privilege(pg_class.oid, 'TRUNCATE') AS empties,
        pg_has_role(relowner, 'USAGE') AS owns
      FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
      WHERE relkind IN ('r', 'p') AND (nspname = ? OR (nspname, relname) = (?, ?))
      ORDER BY relname
      """;

  public RunRights {
    missing = List.copyOf(missing);
    excessive = List.copyOf(excessive);
    grants = List.copyOf(grants);
  }

  /** Asks the server, with the service's own credentials. */
  public static RunRights of(DatabaseConfig config) {
    try (Connection connection = Connections.open(config.dataSource())) {
      return new Reader(MigrationSettings.of(config)).read(connection);
    } catch (SQLException e) {
      throw ConnectFailedException.of(e);
    }
  }

  /**
   * Makes sure that the service can work. What it could do beyond that is a warning where migrating
   * has credentials of its own, since they were meant to prevent it.
   *
   * @throws SchemaAccessDeniedException if it cannot work, with what would have to be granted
   */
  public static void require(DatabaseConfig config) {
    RunRights rights = of(config);
    if (!rights.missing.isEmpty()) {
      throw new SchemaAccessDeniedException(
          rights.role, "work in schema " + config.schema(), rights.missing, rights.grants);
    }
    if (config.hasOwnMigrator() && !rights.excessive.isEmpty()) {
      LOG.warn(
          "The service's role may do more than it needs [role={}, excess={}]",
          rights.role,
          String.join(", ", rights.excessive));
    }
  }

  /** Collects what one role can do. */
  private static final class Reader {

    private final MigrationSettings settings;
    private final List<String> missing = new ArrayList<>();
    private final Set<String> excessive = new LinkedHashSet<>();
    private final List<String> grants = new ArrayList<>();
    private final Map<String, List<String>> tablesByRights = new TreeMap<>();

    Reader(MigrationSettings settings) {
      this.settings = settings;
    }

    RunRights read(Connection connection) throws SQLException {
      String role = readSchema(connection);
      readTables(connection);
      tablesByRights.forEach(
          (rights, tables) -> {
            missing.add("lacks %s on %s".formatted(rights, String.join(", ", tables)));
            grants.add(
                "GRANT %s ON %s TO %s;"
                    .formatted(rights, String.join(", ", tables), Identifiers.quoted(role)));
          });
      return new RunRights(role, missing, List.copyOf(excessive), grants);
    }

    private String readSchema(Connection connection) throws SQLException {
      try (PreparedStatement statement = connection.prepareStatement(SCHEMA)) {
        statement.setString(1, settings.schema());
        try (ResultSet row = statement.executeQuery()) {
          if (!row.next()) {
            throw new SchemaStateException(settings.schema(), new SchemaState.Pending(List.of()));
          }
          String role = row.getString(1);
          if (!row.getBoolean(2)) {
            missing.add("lacks USAGE on the schema");
            grants.add(
                "GRANT USAGE ON SCHEMA %s TO %s;"
                    .formatted(Identifiers.quoted(settings.schema()), Identifiers.quoted(role)));
          }
          if (row.getBoolean(3)) {
            excessive.add("create tables in the schema");
          }
          return role;
        }
      }
    }

    private void readTables(Connection connection) throws SQLException {
      try (PreparedStatement statement = connection.prepareStatement(TABLES)) {
        statement.setString(1, settings.schema());
        statement.setString(2, settings.schemaOfHistory());
        statement.setString(3, settings.historyTable());
        try (ResultSet row = statement.executeQuery()) {
          while (row.next()) {
            readTable(row);
          }
        }
      }
    }

    private void readTable(ResultSet row) throws SQLException {
      String table = row.getString("relname");
      Set<Right> needed = TableRights.of(row.getString("nspname"), table, settings);
      Set<Right> lacking = EnumSet.noneOf(Right.class);
      boolean writes = false;
      for (Right right : Right.values()) {
        boolean has = row.getBoolean(right.name());
        if (needed.contains(right) && !has) {
          lacking.add(right);
        }
        writes |= has && !needed.contains(right);
      }
      if (!lacking.isEmpty()) {
        tablesByRights
            .computeIfAbsent(TableRights.list(lacking), rights -> new ArrayList<>())
            .add(Identifiers.quoted(row.getString("nspname")) + "." + Identifiers.quoted(table));
      }
      if (row.getBoolean("owns")) {
        excessive.add("alter and drop tables, which are its own");
      } else if (row.getBoolean("empties")) {
        excessive.add("truncate tables");
      } else if (writes) {
        excessive.add("write to " + table);
      }
    }
  }
}
