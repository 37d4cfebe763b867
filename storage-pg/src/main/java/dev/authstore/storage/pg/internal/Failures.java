package dev.authstore.storage.pg.internal;

import dev.authstore.database.ConnectFailedException;
import dev.authstore.storage.ConstraintViolationException;
import dev.authstore.storage.LockTimeoutException;
import dev.authstore.storage.SchemaMismatchException;
import dev.authstore.storage.StatementTimeoutException;
import dev.authstore.storage.StorageAccessDeniedException;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.StorageInternalException;
import dev.authstore.storage.StorageUnavailableException;
import dev.authstore.storage.TransactionConflictException;
import java.io.IOException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * What a failed statement means, by SQL state and never by message.
 *
 * <p>The cause that the caller sees is a copy: the server writes the values of a row into its
 * detail and into the messages of data errors, and a stack trace in a log would carry them along.
 */
final class Failures {
  private Failures() {}

  static StorageException of(SQLException failure) {
    SQLException cause = withoutValues(failure);
    String state = Objects.requireNonNullElse(cause.getSQLState(), "");
    return switch (state) {
      case "23505" -> violation(ConstraintViolationException.Kind.UNIQUE, failure, cause);
      case "23503", "23001" ->
          violation(ConstraintViolationException.Kind.FOREIGN_KEY, failure, cause);
      case "23502" -> violation(ConstraintViolationException.Kind.NOT_NULL, failure, cause);
      case "23514" -> violation(ConstraintViolationException.Kind.CHECK, failure, cause);
      case "23P01" -> violation(ConstraintViolationException.Kind.EXCLUSION, failure, cause);
      case "40001" ->
          new TransactionConflictException(TransactionConflictException.Kind.SERIALIZATION, cause);
      case "40P01" ->
          new TransactionConflictException(TransactionConflictException.Kind.DEADLOCK, cause);
      case "55P03" -> new LockTimeoutException(cause);
      case "57014" ->
          new StatementTimeoutException(StatementTimeoutException.Kind.STATEMENT, cause);
      case "25P03" ->
          new StatementTimeoutException(StatementTimeoutException.Kind.IDLE_IN_TRANSACTION, cause);
      case "25P04" ->
          new StatementTimeoutException(StatementTimeoutException.Kind.TRANSACTION, cause);
      case "25006" -> unavailable(StorageUnavailableException.Reason.READ_ONLY, cause);
      case "53100" -> unavailable(StorageUnavailableException.Reason.DISK_FULL, cause);
      case "53200" -> unavailable(StorageUnavailableException.Reason.OUT_OF_MEMORY, cause);
      case "53300" -> unavailable(StorageUnavailableException.Reason.TOO_MANY_CONNECTIONS, cause);
      case "57P01", "57P02" -> unavailable(StorageUnavailableException.Reason.SHUTTING_DOWN, cause);
      case "57P03" -> unavailable(StorageUnavailableException.Reason.STARTING_UP, cause);
      case "28P01" ->
          new StorageAccessDeniedException(StorageAccessDeniedException.Reason.PASSWORD, cause);
      case "42501" ->
          new StorageAccessDeniedException(StorageAccessDeniedException.Reason.PRIVILEGE, cause);
      case "3D000", "3F000", "42P01", "42703", "42704", "42883" ->
          new SchemaMismatchException(
              "the database lacks something this library needs; see the state of its migrations",
              cause);
      default -> byClass(state, failure, cause);
    };
  }

  /**
   * Whether the connection is gone, so that the server may or may not have finished what it was
   * sent. Being told to go (57P01, 57P02) can follow right behind a commit that succeeded.
   */
  static boolean isConnectionLost(SQLException failure) {
    String state = Objects.requireNonNullElse(failure.getSQLState(), "");
    return state.startsWith("08")
        || state.equals("57P01")
        || state.equals("57P02")
        || failure.getCause() instanceof IOException;
  }

  private static StorageException byClass(String state, SQLException failure, SQLException cause) {
    if (isConnectionLost(failure)) {
      return connectionLost(failure, cause);
    }
    if (state.startsWith("28")) {
      return new StorageAccessDeniedException(StorageAccessDeniedException.Reason.RULES, cause);
    }
    if (failure instanceof SQLTransientConnectionException) { // what pools throw, without a state
      return unavailable(StorageUnavailableException.Reason.POOL_TIMEOUT, cause);
    }
    return new StorageInternalException(
        "unexpected failure of the database, state " + state, cause);
  }

  /** It may never have come about: the server is there, and one does not trust the other. */
  private static StorageException connectionLost(SQLException failure, SQLException cause) {
    return switch (ConnectFailedException.of(innermost(failure)).reason()) {
      case NO_PASSWORD -> denied(StorageAccessDeniedException.Reason.NO_PASSWORD, cause);
      case NO_TLS, AUTH_METHOD, GSS -> denied(StorageAccessDeniedException.Reason.METHOD, cause);
      case TLS_CHAIN, TLS_NAME, TLS_CA -> denied(StorageAccessDeniedException.Reason.TLS, cause);
      case UNSUITABLE -> unavailable(StorageUnavailableException.Reason.READ_ONLY, cause);
      default -> unavailable(StorageUnavailableException.Reason.NETWORK, cause);
    };
  }

  private static StorageAccessDeniedException denied(
      StorageAccessDeniedException.Reason reason, SQLException cause) {
    return new StorageAccessDeniedException(reason, cause);
  }

  private static ConstraintViolationException violation(
      ConstraintViolationException.Kind kind, SQLException failure, SQLException cause) {
    ServerErrorMessage server = serverMessage(failure);
    if (server == null) {
      return new ConstraintViolationException(kind, null, null, List.of(), cause);
    }
    String constraint = server.getConstraint();
    String column = server.getColumn();
    List<String> columns = column == null ? Constraints.columnsOf(constraint) : List.of(column);
    return new ConstraintViolationException(kind, server.getTable(), constraint, columns, cause);
  }

  private static StorageUnavailableException unavailable(
      StorageUnavailableException.Reason reason, SQLException cause) {
    return new StorageUnavailableException(reason, cause);
  }

  private static SQLException withoutValues(SQLException failure) {
    SQLException state = innermost(failure);
    ServerErrorMessage server = serverMessage(state);
    String message;
    if (server == null) {
      message = state.getMessage();
    } else if (carriesValues(state.getSQLState())) {
      message = "message withheld, as it may carry values";
    } else {
      message = server.getMessage();
    }
    SQLException copy = new SQLException(message, state.getSQLState(), state.getErrorCode());
    copy.setStackTrace(state.getStackTrace());
    return copy;
  }

  // 22: the text that could not be read; P0: what a function raises
  private static boolean carriesValues(@Nullable String state) {
    return state == null || state.startsWith("22") || state.startsWith("P0");
  }

  // A pool wraps what kept it from connecting, and a batch what failed in it, along with its
  // values.
  private static SQLException innermost(SQLException failure) {
    SQLException found = failure;
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof SQLException e && e.getSQLState() != null) {
        found = e;
      }
    }
    return found;
  }

  private static @Nullable ServerErrorMessage serverMessage(SQLException failure) {
    return innermost(failure) instanceof PSQLException e ? e.getServerErrorMessage() : null;
  }
}
