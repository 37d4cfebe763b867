package dev.authstore.cli;

import dev.authstore.database.ConfigurationException;
import dev.authstore.database.ConnectFailedException;
import dev.authstore.migrations.MigrationFailedException;
import dev.authstore.migrations.MigrationLockTimeoutException;
import dev.authstore.migrations.SchemaAccessDeniedException;
import dev.authstore.migrations.SchemaPendingException;
import dev.authstore.migrations.SchemaStateException;
import dev.authstore.storage.StorageAccessDeniedException;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.StorageUnavailableException;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** How a failure ends the command. */
final class Failures {

  static final int FAILED = 1;
  static final int USAGE = 2;
  static final int PENDING = 3;
  static final int MISMATCH = 4;
  static final int NO_DATABASE = 5;
  static final int LOCKED = 6;
  static final int NOT_MIGRATED = 7;
  static final int DENIED = 8;

  private static final String INSUFFICIENT_PRIVILEGE = "42501";

  private Failures() {}

  static int exitCode(Throwable failure) {
    if (failure instanceof ConnectFailedException unconnected) {
      return switch (unconnected.reason().kind()) {
        case UNAVAILABLE, NO_DATABASE -> NO_DATABASE;
        case DENIED -> DENIED;
        case CONFIGURATION -> USAGE;
      };
    }
    if (failure instanceof ConfigurationException) {
      return USAGE;
    }
    if (failure instanceof StorageUnavailableException) {
      return NO_DATABASE;
    }
    if (failure instanceof StorageAccessDeniedException
        || failure instanceof SchemaAccessDeniedException
        || INSUFFICIENT_PRIVILEGE.equals(sqlState(failure))) {
      return DENIED;
    }
    return ofSchema(failure);
  }

  private static int ofSchema(Throwable failure) {
    if (failure instanceof SchemaPendingException) {
      return PENDING;
    }
    if (failure instanceof SchemaStateException) {
      return MISMATCH;
    }
    if (failure instanceof MigrationLockTimeoutException) {
      return LOCKED;
    }
    return failure instanceof MigrationFailedException ? NOT_MIGRATED : FAILED;
  }

  static String message(Throwable failure) {
    String text = oneLine(failure.getMessage());
    return isExpected(failure) ? text : failure.getClass().getName() + ": " + text;
  }

  static String oneLine(@Nullable String text) {
    return text == null ? "no message" : text.strip().replaceAll("\\s*\\R\\s*", "; ");
  }

  private static boolean isExpected(Throwable failure) {
    return failure instanceof ConfigurationException
        || failure instanceof ConnectFailedException
        || failure instanceof DemoException
        || failure instanceof MigrationFailedException
        || failure instanceof MigrationLockTimeoutException
        || failure instanceof SchemaAccessDeniedException
        || failure instanceof SchemaPendingException
        || failure instanceof SchemaStateException
        || failure instanceof StorageException;
  }

  private static @Nullable String sqlState(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException refusal) {
        return refusal.getSQLState();
      }
    }
    return null;
  }
}
