package dev.authstore.migrations;

import java.sql.SQLException;
import java.util.Optional;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.internal.exception.FlywayMigrateException;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * Migrating came to an end before all scripts were applied. The message names the script, its line,
 * what the server said, and what is left of the script; the scripts before it stay applied.
 */
public final class MigrationFailedException extends RuntimeException {

  private final transient @Nullable MigrationScript script;

  private MigrationFailedException(
      String message, Throwable cause, @Nullable MigrationScript script) {
    super(message, cause);
    this.script = script;
  }

  static MigrationFailedException ofSchema(String schema, SQLException cause) {
    return new MigrationFailedException(
        "schema " + schema + " cannot be created: " + describe(cause), cause, null);
  }

  static MigrationFailedException ofFlyway(FlywayException cause) {
    SQLException refusal = sqlException(cause);
    String reason = refusal == null ? String.valueOf(cause.getMessage()) : describe(refusal);
    if (!(cause instanceof FlywayMigrateException inScript)) { // internal, but only it has the line
      return new MigrationFailedException("the migrator failed: " + reason, cause, null);
    }
    MigrationScript script = Scripts.script(inScript.getMigration());
    String rest =
        inScript.isExecutableInTransaction()
            ? "nothing of it was applied"
            : "it ran outside a transaction and may be half done";
    return new MigrationFailedException(
        "script %s failed at line %d: %s; %s"
            .formatted(script, inScript.getLineNumber(), reason, rest),
        cause,
        script);
  }

  /** The script that failed; empty if it was not a script. */
  public Optional<MigrationScript> script() {
    return Optional.ofNullable(script);
  }

  static @Nullable SQLException sqlException(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException found) {
        return found;
      }
    }
    return null;
  }

  /** The server's message alone: its detail may show contents of rows. */
  private static String describe(SQLException refusal) {
    ServerErrorMessage answer =
        refusal instanceof PSQLException fromServer ? fromServer.getServerErrorMessage() : null;
    String text = answer == null ? refusal.getMessage() : answer.getMessage();
    return text + " (" + refusal.getSQLState() + ")";
  }
}
