package dev.authstore.migrations;

/** The schema and this program do not fit together, and applying scripts would not help. */
public final class SchemaStateException extends RuntimeException {

  private final transient SchemaState state;

  SchemaStateException(String schema, SchemaState state) {
    super("schema " + schema + " " + state.describe() + advice(state));
    this.state = state;
  }

  public SchemaState state() {
    return state;
  }

  private static String advice(SchemaState state) {
    return state instanceof SchemaState.Failed
        ? "; look into the cause, then run `authstore database repair`"
        : "";
  }
}
