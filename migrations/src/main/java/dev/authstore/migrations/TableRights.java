package dev.authstore.migrations;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What the role of a running service may do with each table: read and write all of them, but only
 * read those that migrations alone write. Default privileges cannot tell tables apart, so every
 * script ends with taking back what they have given too much.
 */
final class TableRights {

  /** A right on a table. */
  enum Right {
    SELECT,
    INSERT,
    UPDATE,
    DELETE
  }

  /** Written by migrations alone. The history is the other one. */
  static final String COMPATIBILITY = "schema_compatibility";

  private static final Set<Right> READ = EnumSet.of(Right.SELECT);
  private static final Set<Right> ALL = EnumSet.allOf(Right.class);

  private static final String EXCESS =
      """
      SELECT format('REVOKE %s ON %I.%I FROM %s', string_agg(privilege_type, ', '), nspname, relname,
        CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END)
      FROM pg_class
      JOIN pg_namespace ON pg_namespace.oid = relnamespace
      CROSS JOIN aclexplode(relacl)
      WHERE (nspname, relname) IN ((?, ?), (?, ?)) AND grantee <> relowner
        AND privilege_type IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')
      GROUP BY nspname, relname, grantee
      """;

  private TableRights() {}

  /** What the service needs. */
  static Set<Right> of(String schema, String table, MigrationSettings settings) {
    boolean isHistory =
        schema.equals(settings.schemaOfHistory()) && table.equals(settings.historyTable());
    return isHistory || table.equals(COMPATIBILITY) ? READ : ALL;
  }

  static String list(Set<Right> rights) {
    return rights.stream().map(Right::name).collect(Collectors.joining(", "));
  }

  /** Takes from everybody but the owner what nobody else may do with the tables of migrations. */
  static void protect(Connection connection, MigrationSettings settings) throws SQLException {
    List<String> revokes = new ArrayList<>();
    try (PreparedStatement query = connection.prepareStatement(EXCESS)) {
      query.setString(1, settings.schemaOfHistory());
      query.setString(2, settings.historyTable());
      query.setString(3, settings.schema());
      query.setString(4, COMPATIBILITY);
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          revokes.add(rows.getString(1));
        }
      }
    }
    try (Statement statement = connection.createStatement()) {
      for (String revoke : revokes) {
        statement.execute(revoke);
      }
    }
  }
}
