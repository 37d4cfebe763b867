package dev.authstore.migrations;

import dev.authstore.database.Identifiers;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Whether the role that migrates may do so, asked before anything is changed: half a migration
 * costs more than a question, and Flyway tries for ten seconds to create a schema that it may not.
 */
final class MigratorRights {

  private static final String READ =
      """
      SELECT current_user::text, current_database()::text,
        has_database_privilege(current_database(), 'CREATE') AS create_schema,
        (SELECT has_schema_privilege(oid, 'CREATE') AND has_schema_privilege(oid, 'USAGE')
         FROM pg_namespace WHERE nspname = ?) AS create_table,
        (SELECT has_schema_privilege(oid, 'CREATE') AND has_schema_privilege(oid, 'USAGE')
         FROM pg_namespace WHERE nspname = ?) AS create_history,
        (SELECT extnamespace::regnamespace::text FROM pg_extension WHERE extname = 'pg_trgm') AS extension,
        (SELECT has_schema_privilege(extnamespace, 'USAGE') FROM pg_extension WHERE extname = 'pg_trgm') AS use_extension,
        EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_trgm') AS has_extension,
        ARRAY (SELECT DISTINCT pg_get_userbyid(relowner)::text FROM pg_class
          JOIN pg_namespace ON pg_namespace.oid = relnamespace
          WHERE nspname = ? AND relkind IN ('r', 'p') AND NOT pg_has_role(relowner, 'USAGE')) AS owners
      """;

  private final MigrationSettings settings;
  private final List<String> missing = new ArrayList<>();
  private final List<String> grants = new ArrayList<>();

  private MigratorRights(MigrationSettings settings) {
    this.settings = settings;
  }

  /**
   * Makes sure that the role of this connection may apply scripts.
   *
   * @throws SchemaAccessDeniedException if not, with what would have to be granted
   */
  static void require(Connection connection, MigrationSettings settings) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(READ)) {
      statement.setString(1, settings.schema());
      statement.setString(2, settings.schemaOfHistory());
      statement.setString(3, settings.schema());
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        new MigratorRights(settings).require(row);
      }
    }
  }

  private void require(ResultSet row) throws SQLException {
    String role = row.getString("current_user");
    requireSchema(row, Identifiers.quoted(role));
    requireHistory(row, Identifiers.quoted(role));
    requireExtension(row, Identifiers.quoted(role));
    for (String owner : (String[]) row.getArray("owners").getArray()) {
      missing.add("does not own the tables of " + owner);
      grants.add("GRANT %s TO %s;".formatted(Identifiers.quoted(owner), Identifiers.quoted(role)));
    }
    if (!missing.isEmpty()) {
      throw new SchemaAccessDeniedException(
          role, "migrate schema " + settings.schema(), missing, grants);
    }
  }

  private void requireSchema(ResultSet row, String role) throws SQLException {
    String schema = Identifiers.quoted(settings.schema());
    boolean usable = row.getBoolean("create_table");
    if (row.wasNull()) {
      if (!row.getBoolean("create_schema")) {
        missing.add("cannot create the schema");
        grants.add("CREATE SCHEMA %s AUTHORIZATION %s;".formatted(schema, role));
      }
    } else if (!usable) {
      missing.add("cannot create tables in it");
      grants.add("GRANT USAGE, CREATE ON SCHEMA %s TO %s;".formatted(schema, role));
    }
  }

  private void requireHistory(ResultSet row, String role) throws SQLException {
    if (settings.historySchema().isEmpty()) {
      return;
    }
    String schema = Identifiers.quoted(settings.schemaOfHistory());
    boolean usable = row.getBoolean("create_history");
    if (row.wasNull()) {
      missing.add("finds no schema for the history");
      grants.add("CREATE SCHEMA %s AUTHORIZATION %s;".formatted(schema, role));
    } else if (!usable) {
      missing.add("cannot create the history");
      grants.add("GRANT USAGE, CREATE ON SCHEMA %s TO %s;".formatted(schema, role));
    }
  }

  private void requireExtension(ResultSet row, String role) throws SQLException {
    String place = row.getString("extension");
    if (place != null) {
      if (!row.getBoolean("use_extension")) {
        missing.add("cannot use the schema of the extension pg_trgm");
        grants.add("GRANT USAGE ON SCHEMA %s TO %s;".formatted(place, role));
      }
    } else if (!row.getBoolean("has_extension")) {
      missing.add("finds no extension pg_trgm on the server (package postgresql-contrib)");
    } else if (!row.getBoolean("create_schema")) {
      missing.add("cannot create the extension pg_trgm");
      grants.add(
          "CREATE EXTENSION pg_trgm SCHEMA %s;".formatted(Identifiers.quoted(settings.schema())));
    }
  }
}
