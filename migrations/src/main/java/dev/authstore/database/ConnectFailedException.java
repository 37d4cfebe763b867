package dev.authstore.database;

import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.sql.SQLException;
import java.util.Map;
import java.util.regex.Pattern;
import org.postgresql.util.GT;

/**
 * No connection to the database. The reason is for programs, the message for operators: what
 * happened, the SQL state, and what to look at.
 */
public final class ConnectFailedException extends RuntimeException {

  /** Why there is no connection. */
  public enum Reason {
    REFUSED(
        "connection refused",
        "is PostgreSQL running, are host and port right (inside a container, localhost is the container)"),
    NAME("host name not resolved", "check the host name and DNS"),
    TIMEOUT("no answer in time", "check host and port, a firewall may drop the packets"),
    PASSWORD(
        "wrong password or unknown user",
        "check user and password; inside a URL the characters @ : / % must be percent-encoded"),
    NO_PASSWORD("the server wants a password and none was given", "add it to the target"),
    RULES("refused by the server's access rules", "check pg_hba.conf, or try sslmode=require"),
    NO_TLS("the server does not offer TLS", "switch it on there, or set another sslmode"),
    NO_DATABASE("the database does not exist", "create it with CREATE DATABASE"),
    OPTIONS("a parameter or server option is not accepted", "check names and values after the ?"),
    TOO_MANY_CONNECTIONS(
        "the server's connection limit is reached",
        "raise max_connections or lower the pool size; pg_stat_activity shows who holds them"),
    STARTING_UP("the server is starting up or shutting down", "try again in a moment"),
    UNREACHABLE("the connection could not be made", "the cause has the details");

    private final String event;
    private final String hint;

    Reason(String event, String hint) {
      this.event = event;
      this.hint = hint;
    }
  }

  /** What the driver says, untranslated, where its SQL state and cause leave several reasons. */
  private static final Map<String, Reason> DRIVER_TEXTS =
      Map.of(
          "Connection attempt timed out.",
          Reason.TIMEOUT,
          "Invalid sslmode value: {0}",
          Reason.OPTIONS,
          "The server does not support SSL.",
          Reason.NO_TLS,
          "The server requested SCRAM-based authentication, but no password was provided.",
          Reason.NO_PASSWORD,
          "The server requested SCRAM-based authentication, but the password is an empty string.",
          Reason.NO_PASSWORD,
          "The server requested password-based authentication, but no password was provided by"
              + " plugin {0}",
          Reason.NO_PASSWORD);

  private final Reason reason;

  private ConnectFailedException(Reason reason, String message, SQLException cause) {
    super(message, cause);
    this.reason = reason;
  }

  /** Reads the reason from what the driver threw. */
  public static ConnectFailedException of(SQLException cause) {
    Reason reason = reasonOf(cause);
    String state = cause.getSQLState() == null ? "" : " (" + cause.getSQLState() + ")";
    return new ConnectFailedException(
        reason,
        "no connection to the database: " + reason.event + state + "; " + reason.hint,
        cause);
  }

  public Reason reason() {
    return reason;
  }

  private static Reason reasonOf(SQLException failure) {
    String state = failure.getSQLState();
    if (state == null) {
      return Reason.UNREACHABLE;
    }
    return switch (state) {
      case "08001", "08004" -> reasonOfDriver(failure);
      case "28P01" -> Reason.PASSWORD;
      case "28000" -> Reason.RULES;
      case "3D000" -> Reason.NO_DATABASE;
      case "22023", "42601", "42704" -> Reason.OPTIONS;
      case "53300" -> Reason.TOO_MANY_CONNECTIONS;
      case "57P01", "57P03" -> Reason.STARTING_UP;
      default -> Reason.UNREACHABLE;
    };
  }

  private static Reason reasonOfDriver(SQLException failure) {
    Throwable cause = failure.getCause();
    if (cause instanceof UnknownHostException) {
      return Reason.NAME;
    }
    if (cause instanceof SocketTimeoutException) {
      return Reason.TIMEOUT;
    }
    if (cause instanceof ConnectException) {
      return Reason.REFUSED;
    }
    String message = String.valueOf(failure.getMessage());
    return DRIVER_TEXTS.entrySet().stream()
        .filter(text -> message.startsWith(translatedBeginning(text.getKey())))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse(Reason.UNREACHABLE);
  }

  /** As the driver would say it now, up to the first thing that it fills in. */
  private static String translatedBeginning(String text) {
    return GT.tr(text).split(Pattern.quote("{0}"), 2)[0];
  }
}
