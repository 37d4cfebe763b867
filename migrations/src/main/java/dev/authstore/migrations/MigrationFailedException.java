package dev.authstore.migrations;

import java.sql.SQLException;
import java.util.List;
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
      String message, @Nullable Throwable cause, @Nullable MigrationScript script) {
    super(message, cause);
    this.script = script;
  }

  static MigrationFailedException ofSchema(String schema, SQLException cause) {
    return new MigrationFailedException(
        "schema " + schema + " cannot be created: " + describe(cause), cause, null);
  }

  static MigrationFailedException ofRepair(String schema, SQLException cause) {
    return new MigrationFailedException(
        "schema " + schema + " cannot be repaired: " + describe(cause), cause, null);
  }

  /** What was to be there is not. */
  static MigrationFailedException ofInvalidIndexes(List<String> indexes) {
    return new MigrationFailedException(
        "all scripts ran, but these indexes are invalid: %s; run `authstore database repair`"
            .formatted(String.join(", ", indexes)),
        null,
        null);
  }

  static MigrationFailedException ofFlyway(FlywayException cause) {
    SQLException refusal = sqlException(cause);
    String reason = refusal == null ? String.valueOf(cause.getMessage()) : describe(refusal);
    if (!(cause instanceof FlywayMigrateException inScript)) { // internal, but only it has the line
      return new MigrationFailedException("the migrator failed: " + reason, cause, null);
    }
    MigrationScript script = Scripts.script(inScript.getMigration());
    String rest =
        isUndone(cause)
            ? "nothing of it was applied, the scripts before it stay"
            : "it ran outside a transaction and may be half done:"
                + " look into the cause, then run `authstore database repair`";
    return new MigrationFailedException(
        "script %s failed at line %d: %s; %s%s"
            .formatted(script, inScript.getLineNumber(), reason, rest, advice(refusal)),
        cause,
        script);
  }

  /** Whether the server has taken the script back. */
  static boolean isUndone(FlywayException cause) {
    return cause instanceof FlywayMigrateException inScript && inScript.isExecutableInTransaction();
  }

  private static String advice(@Nullable SQLException refusal) {
    String state = refusal == null ? null : refusal.getSQLState();
    if (state == null) {
      return "";
    }
    return switch (state) {
      case "55P03" -> "; others hold locks on its tables, pg_locks and pg_stat_activity tell who";
      case "57014" -> "; a limit of time may be raised (DB_MIGRATIONS_STATEMENT_TIMEOUT)";
      case "42501" -> "; `authstore database grants` prints the rights that are needed";
      default -> "";
    };
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
