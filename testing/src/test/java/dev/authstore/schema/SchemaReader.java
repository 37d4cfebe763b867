package dev.authstore.schema;

import dev.authstore.migrations.MigrationSettings;
import dev.authstore.migrations.SchemaCatalogue;
import dev.authstore.schema.SchemaTable.Part;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.sql.DataSource;

/**
 * Reads the tables: definitions from the {@link SchemaCatalogue}, comments and the order beside it.
 */
final class SchemaReader {

  /** Names as the catalogue has them, with what comes first in the scripts. */
  private static final String COMMENTS =
      """
      SELECT 'table ' || relname, oid::bigint, obj_description(oid, 'pg_class')
      FROM pg_class WHERE relnamespace = ?::regnamespace
      UNION ALL
      SELECT format('column %s.%s', relname, attname), attnum, col_description(attrelid, attnum)
      FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0
      WHERE relnamespace = ?::regnamespace
      UNION ALL
      SELECT format('constraint %s on %s', conname, relname), 0,
        obj_description(pg_constraint.oid, 'pg_constraint')
      FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
      WHERE relnamespace = ?::regnamespace
      """;

  private final SchemaCatalogue catalogue;
  private final Map<String, String> comments = new LinkedHashMap<>();
  private final Map<String, Long> positions = new LinkedHashMap<>();

  private SchemaReader(SchemaCatalogue catalogue) {
    this.catalogue = catalogue;
  }

  static List<SchemaTable> read(DataSource dataSource) throws SQLException {
    MigrationSettings settings = MigrationSettings.defaults();
    SchemaReader reader = new SchemaReader(SchemaCatalogue.read(dataSource, settings));
    reader.readComments(dataSource, settings.schema());
    return reader
        .names("table ")
        .sorted(Comparator.comparing(name -> reader.position("table " + name)))
        .map(reader::table)
        .toList();
  }

  private void readComments(DataSource dataSource, String schema) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        PreparedStatement statement = connection.prepareStatement(COMMENTS)) {
      for (int i = 1; i <= 3; i++) {
        statement.setString(i, schema);
      }
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          positions.put(row.getString(1), row.getLong(2));
          String comment = row.getString(3);
          comments.put(row.getString(1), comment == null ? "" : comment);
        }
      }
    }
  }

  private SchemaTable table(String name) {
    String prefix = "column %s.".formatted(name);
    List<Part> columns =
        names(prefix)
            .sorted(Comparator.comparing(column -> position(prefix + column)))
            .map(column -> part(prefix + column, column))
            .toList();
    return new SchemaTable(
        name,
        comments.getOrDefault("table " + name, ""),
        columns,
        parts("constraint ", name),
        parts("index ", name));
  }

  private long position(String key) {
    return positions.getOrDefault(key, 0L);
  }

  /** Keys first, then what refers to other tables, then the rest. */
  private List<Part> parts(String kind, String table) {
    String suffix = " on " + table;
    List<Part> parts = new ArrayList<>();
    names(kind)
        .filter(name -> name.endsWith(suffix))
        .forEach(name -> parts.add(part(kind + name, name.replace(suffix, ""))));
    List<String> order = List.of("PRIMARY", "UNIQUE", "EXCLUDE", "FOREIGN");
    parts.sort(
        Comparator.comparing(
            part -> {
              int place = order.indexOf(part.definition().split(" ", 2)[0]);
              return place < 0 ? order.size() : place;
            }));
    return parts;
  }

  private Part part(String key, String name) {
    String definition =
        catalogue
            .definitions()
            .getOrDefault(key, "")
            .replace(" with time zone", "tz")
            .replaceAll("::text(?!\\[)", "");
    return new Part(name, definition, comments.getOrDefault(key, ""));
  }

  private Stream<String> names(String prefix) {
    return catalogue.definitions().keySet().stream()
        .filter(key -> key.startsWith(prefix))
        .map(key -> key.substring(prefix.length()));
  }
}
