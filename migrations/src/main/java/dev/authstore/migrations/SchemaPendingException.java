package dev.authstore.migrations;

import java.util.List;

/** The schema lacks scripts, and the caller did not ask to apply them. */
public final class SchemaPendingException extends RuntimeException {

  private final transient List<MigrationScript> scripts;

  SchemaPendingException(String schema, SchemaState.Pending state) {
    super("schema " + schema + " " + state.describe() + "; run `authstore database migrate`");
    this.scripts = state.scripts();
  }

  public List<MigrationScript> scripts() {
    return scripts;
  }
}
