package dev.authstore.testing;

import dev.authstore.database.Identifiers;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;

/** The scripts of an application, as the properties of {@link SchemaDatabase} name them. */
record OwnScripts(String location, String schema, Map<String, String> placeholders) {

  private static final String LOCATION = "scripts";
  private static final String SCHEMA = "scripts.schema";
  private static final String PLACEHOLDER = "scripts.placeholder.";

  /** A name that no schema of an application's has a use for. */
  private static final String HISTORY = "scripts_while_code_is_generated";

  static Optional<OwnScripts> of(Properties properties) {
    String location = properties.getProperty(LOCATION);
    if (location == null) {
      return Optional.empty();
    }
    String schema = properties.getProperty(SCHEMA);
    if (schema == null) {
      throw new IllegalArgumentException(SCHEMA + " must name the schema of the scripts");
    }
    Map<String, String> placeholders =
        properties.stringPropertyNames().stream()
            .filter(name -> name.startsWith(PLACEHOLDER))
            .collect(
                Collectors.toMap(
                    name -> name.substring(PLACEHOLDER.length()), properties::getProperty));
    return Optional.of(new OwnScripts(location, schema, placeholders));
  }

  /** Applies them, and leaves no trace of having done so. */
  void apply(DataSource database) throws SQLException {
    Flyway.configure()
        .dataSource(database)
        .locations(location)
        .failOnMissingLocations(true)
        .schemas(schema)
        .table(HISTORY)
        .baselineOnMigrate(true) // it may be Authstore's schema, too
        .baselineVersion("0")
        .placeholders(placeholders)
        .load()
        .migrate();
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("DROP TABLE %s.%s".formatted(Identifiers.quoted(schema), HISTORY));
    }
  }
}
