package dev.authstore.migrations;

import dev.authstore.database.ConfigProblem;
import dev.authstore.database.ConfigurationException;
import dev.authstore.database.DatabaseConfig;
import dev.authstore.database.Identifiers;
import java.time.Duration;
import java.util.Optional;

/**
 * Where the tables live. Names are taken as they are and quoted where SQL needs it, so upper case,
 * blanks and letters of any language are allowed. An accessor given an argument returns a changed
 * copy.
 *
 * @param schema the schema of all tables, created when it is missing
 * @param historySchema where the history is, if it is not in the same schema; it must exist
 * @param historyTable the table that records which scripts were applied; Flyway derives names of
 *     constraint and index from it, so it may be 57 bytes long and contain no quotation mark
 * @param lockTimeout how long to wait for another migrator; zero does not wait
 * @param allowNewer whether a schema of a newer program will do that says it is compatible
 */
public record MigrationSettings(
    String schema,
    Optional<String> historySchema,
    String historyTable,
    Duration lockTimeout,
    boolean allowNewer) {

  private static final String LONGEST_SUFFIX = "_s_idx";

  public MigrationSettings {
    Identifiers.requireValid("schema", schema);
    historySchema.ifPresent(name -> Identifiers.requireValid("history schema", name));
    Identifiers.requireValid("history table", historyTable);
    Identifiers.requireValid("history table and its index", historyTable + LONGEST_SUFFIX);
    if (historyTable.indexOf('"') >= 0) {
      throw new ConfigurationException(
          ConfigProblem.Code.BAD_IDENTIFIER, "history table", "the name contains a quotation mark");
    }
  }

  public static MigrationSettings defaults() {
    return new MigrationSettings(
        "authstore", Optional.empty(), "authstore_schema_history", Duration.ofMinutes(10), false);
  }

  /** What a configuration says about the schema. */
  public static MigrationSettings of(DatabaseConfig config) {
    return new MigrationSettings(
        config.schema(),
        config.migration().tableSchema(),
        config.migration().table(),
        config.migration().lockTimeout(),
        config.migration().allowNewer());
  }

  public MigrationSettings schema(String name) {
    return new MigrationSettings(name, historySchema, historyTable, lockTimeout, allowNewer);
  }

  public MigrationSettings historySchema(String name) {
    return new MigrationSettings(schema, Optional.of(name), historyTable, lockTimeout, allowNewer);
  }

  public MigrationSettings historyTable(String name) {
    return new MigrationSettings(schema, historySchema, name, lockTimeout, allowNewer);
  }

  public MigrationSettings lockTimeout(Duration limit) {
    return new MigrationSettings(schema, historySchema, historyTable, limit, allowNewer);
  }

  public MigrationSettings allowNewer(boolean wanted) {
    return new MigrationSettings(schema, historySchema, historyTable, lockTimeout, wanted);
  }

  /** The schema that holds the history. */
  String schemaOfHistory() {
    return historySchema.orElse(schema);
  }

  /** The history as SQL names it. */
  String history() {
    return Identifiers.quoted(schemaOfHistory()) + "." + Identifiers.quoted(historyTable);
  }
}
