package dev.authstore.migrations;

import dev.authstore.database.ConnectFailedException;
import dev.authstore.database.Connections;
import dev.authstore.database.Identifiers;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import javax.sql.DataSource;

/**
 * Everything that is defined in a schema, without the schema's name, so that two can be compared.
 * The history of migrations and what extensions brought along are left out.
 *
 * @param definitions by kind and name, such as {@code column users.id}
 */
public record SchemaCatalogue(SortedMap<String, String> definitions) {

  /** Printed without the schema's name if it comes first in the search path. */
  private static final String SEARCH_SCHEMA =
      """
      SELECT set_config('search_path', concat_ws(', ', quote_ident(?),
        (SELECT extnamespace::regnamespace::text FROM pg_extension WHERE extname = 'pg_trgm')), true)
      """;

  private static final String READ =
      """
      WITH relation AS (
        SELECT pg_class.oid, relname, relkind, relpersistence FROM pg_class
        JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE nspname = ? AND relname <> ? AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
          AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')
      )
      SELECT CASE relkind WHEN 'v' THEN 'view ' WHEN 'm' THEN 'view ' WHEN 'S' THEN 'sequence ' ELSE 'table ' END || relname,
        CASE relpersistence WHEN 'u' THEN 'unlogged' ELSE '' END
      FROM relation
      UNION ALL
      SELECT format('column %s.%s', relname, attname),
        concat_ws(' ', format_type(atttypid, atttypmod),
          (SELECT 'COLLATE ' || quote_ident(collname) FROM pg_collation
           WHERE pg_collation.oid = attcollation AND collname <> 'default'),
          CASE WHEN attnotnull THEN 'NOT NULL' END,
          CASE WHEN attgenerated <> '' THEN 'GENERATED' WHEN adbin IS NOT NULL THEN 'DEFAULT' END,
          pg_get_expr(adbin, adrelid, true))
      FROM relation
      JOIN pg_attribute ON attrelid = relation.oid AND attnum > 0 AND NOT attisdropped
      LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
      WHERE relkind <> 'S'
      UNION ALL
      SELECT format('constraint %s on %s', conname, relname),
        pg_get_constraintdef(pg_constraint.oid, true)
      FROM relation JOIN pg_constraint ON conrelid = relation.oid
      WHERE contype <> 'n'
      UNION ALL
      SELECT format('index %s on %s', index.relname, relation.relname),
        concat_ws(' ', pg_get_indexdef(indexrelid, 0, true), CASE WHEN NOT indisvalid THEN 'INVALID' END)
      FROM relation
      JOIN pg_index ON indrelid = relation.oid
      JOIN pg_class index ON index.oid = indexrelid
      WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))
      UNION ALL
      SELECT format('trigger %s on %s', tgname, relname), pg_get_triggerdef(pg_trigger.oid, true)
      FROM relation JOIN pg_trigger ON tgrelid = relation.oid
      WHERE NOT tgisinternal
      UNION ALL
      SELECT format('function %s(%s)', proname, pg_get_function_identity_arguments(pg_proc.oid)), prosrc
      FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace
      WHERE nspname = ?
        AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
      """;

  /** How PostgreSQL 13 prints {@code AT TIME ZONE}; later ones print it as it is written. */
  private static final Pattern TIME_ZONE_CALL =
      Pattern.compile("timezone\\(('[^']+'::text), (\\w+(?:\\([^()]*\\))?)\\)");

  public SchemaCatalogue {
    definitions = Collections.unmodifiableSortedMap(new TreeMap<>(definitions));
  }

  /** How two differ. */
  public record Drift(List<String> missing, List<String> different, List<String> additional) {
    public Drift {
      missing = List.copyOf(missing);
      different = List.copyOf(different);
      additional = List.copyOf(additional);
    }

    public boolean isNone() {
      return missing.isEmpty() && different.isEmpty() && additional.isEmpty();
    }
  }

  /** Reads what is there now; whoever may use the schema may do so. */
  public static SchemaCatalogue read(DataSource dataSource, MigrationSettings settings) {
    try (Connection connection = Connections.open(dataSource)) {
      connection.setAutoCommit(false); // for the search path
      SchemaCatalogue catalogue = read(connection, settings);
      connection.rollback();
      return catalogue;
    } catch (SQLException e) {
      throw ConnectFailedException.of(e);
    }
  }

  /** Reads the lines of {@link #text()}. */
  public static SchemaCatalogue parse(String text) {
    SortedMap<String, String> definitions = new TreeMap<>();
    for (String line : text.lines().toList()) {
      String[] parts = line.split("\t", 2);
      definitions.put(parts[0], parts.length > 1 ? parts[1] : "");
    }
    return new SchemaCatalogue(definitions);
  }

  /** One line for each, sorted. */
  public String text() {
    StringBuilder text = new StringBuilder();
    definitions.forEach(
        (name, definition) -> text.append(name).append('\t').append(definition).append('\n'));
    return text.toString();
  }

  /** How another one differs from this one. */
  public Drift driftOf(SchemaCatalogue other) {
    List<String> missing = new ArrayList<>();
    List<String> different = new ArrayList<>();
    for (Map.Entry<String, String> expected : definitions.entrySet()) {
      String found = other.definitions.get(expected.getKey());
      if (found == null) {
        missing.add(expected.getKey());
      } else if (!found.equals(expected.getValue())) {
        different.add(expected.getKey());
      }
    }
    List<String> additional =
        other.definitions.keySet().stream().filter(name -> !definitions.containsKey(name)).toList();
    return new Drift(missing, different, additional);
  }

  private static SchemaCatalogue read(Connection connection, MigrationSettings settings)
      throws SQLException {
    try (PreparedStatement search = connection.prepareStatement(SEARCH_SCHEMA)) {
      search.setString(1, settings.schema());
      search.execute();
    }
    String qualified = Identifiers.quoted(settings.schema()) + ".";
    String bare = settings.schema() + ".";
    SortedMap<String, String> definitions = new TreeMap<>();
    try (PreparedStatement statement = connection.prepareStatement(READ)) {
      statement.setString(1, settings.schema());
      statement.setString(2, settings.historyTable());
      statement.setString(3, settings.schema());
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          String definition = row.getString(2).replace(qualified, "").replace(bare, "");
          definitions.put(row.getString(1), asSince14(definition.replaceAll("\\s+", " ")));
        }
      }
    }
    return new SchemaCatalogue(definitions);
  }

  /** The same on every server, so that what one has made can be compared with another's. */
  private static String asSince14(String definition) {
    return TIME_ZONE_CALL.matcher(definition).replaceAll("($2 AT TIME ZONE $1)");
  }
}
