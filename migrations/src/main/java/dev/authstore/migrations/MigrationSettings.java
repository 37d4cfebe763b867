package dev.authstore.migrations;

import dev.authstore.database.ConfigProblem;
import dev.authstore.database.ConfigurationException;
import dev.authstore.database.Identifiers;
import java.time.Duration;

/**
 * Where the tables live. Both names are taken as they are and quoted where SQL needs it, so upper
 * case, blanks and letters of any language are allowed.
 *
 * @param schema the schema of all tables, created when it is missing
 * @param historyTable the table in it that records which scripts were applied; Flyway derives names
 *     of constraint and index from it, so it may be 57 bytes long and contain no quotation mark
 * @param lockTimeout how long to wait for another migrator, in whole seconds
 */
public record MigrationSettings(String schema, String historyTable, Duration lockTimeout) {

  private static final String LONGEST_SUFFIX = "_s_idx";

  public MigrationSettings {
    Identifiers.requireValid("schema", schema);
    Identifiers.requireValid("history table", historyTable);
    Identifiers.requireValid("history table and its index", historyTable + LONGEST_SUFFIX);
    if (historyTable.indexOf('"') >= 0) {
      throw new ConfigurationException(
          ConfigProblem.Code.BAD_IDENTIFIER, "history table", "the name contains a quotation mark");
    }
  }

  public static MigrationSettings defaults() {
    return new MigrationSettings("authstore", "authstore_schema_history", Duration.ofMinutes(10));
  }

  public MigrationSettings schema(String name) {
    return new MigrationSettings(name, historyTable, lockTimeout);
  }

  public MigrationSettings historyTable(String name) {
    return new MigrationSettings(schema, name, lockTimeout);
  }

  public MigrationSettings lockTimeout(Duration limit) {
    return new MigrationSettings(schema, historyTable, limit);
  }
}
