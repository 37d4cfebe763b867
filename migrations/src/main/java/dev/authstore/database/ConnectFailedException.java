package dev.authstore.database;

import dev.authstore.database.tls.TlsMaterialException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.postgresql.util.GT;
import org.postgresql.util.PSQLException;

/**
 * No connection to the database. The reason is for programs, the message for operators: what
 * happened, the SQL state, and what to look at.
 */
public final class ConnectFailedException extends RuntimeException {

  /** What sort of reason it is. */
  public enum Kind {
    /** The server is not there, or not able to serve. */
    UNAVAILABLE,
    /** It does not let us in, or we do not trust it. */
    DENIED,
    /** It lacks the database. */
    NO_DATABASE,
    /** It does not understand what is asked for. */
    CONFIGURATION
  }

  /** Why there is no connection. */
  public enum Reason {
    REFUSED(
        Kind.UNAVAILABLE,
        true,
        "connection refused",
        "is PostgreSQL running, are host and port right (inside a container, localhost is the container)"),
    NAME(Kind.UNAVAILABLE, true, "host name not resolved", "check the host name and DNS"),
    SOCKET(
        Kind.UNAVAILABLE,
        true,
        "no socket that can be used",
        "is PostgreSQL running, is this its socket directory"),
    TIMEOUT(
        Kind.UNAVAILABLE,
        true,
        "no answer in time",
        "check host and port, a firewall may drop the packets"),
    LOST(Kind.UNAVAILABLE, true, "the connection broke", "see the server's log"),
    TOO_MANY_CONNECTIONS(
        Kind.UNAVAILABLE,
        true,
        "the server's connection limit is reached",
        "raise max_connections or the role's limit, or lower DB_POOL_SIZE; pg_stat_activity shows who holds them"),
    STARTING_UP(
        Kind.UNAVAILABLE,
        true,
        "the server is starting up or shutting down",
        "try again in a moment"),
    UNSUITABLE(
        Kind.UNAVAILABLE,
        true,
        "no server that can be written to",
        "see target_session_attrs, and which server is the primary"),
    UNREACHABLE(
        Kind.UNAVAILABLE, false, "the connection could not be made", "the cause has the details"),
    PASSWORD(
        Kind.DENIED,
        false,
        "wrong password or unknown user",
        "check user and password; inside a URL the characters @ : / % must be percent-encoded"),
    NO_PASSWORD(
        Kind.DENIED,
        false,
        "the server wants a password and none was given",
        "set DB_PASS or DB_PASS_FILE, or add it to the URL or a password file"),
    RULES(
        Kind.DENIED,
        false,
        "refused by the server's access rules",
        "check pg_hba.conf, or try sslmode=require or a client certificate"),
    ROLE(
        Kind.DENIED,
        false,
        "the role in the options, or the database, may not be used",
        "check its spelling, GRANT … WITH SET TRUE, and CONNECT on the database"),
    NO_TLS(
        Kind.DENIED,
        false,
        "the server does not offer TLS",
        "switch ssl on there, or set another sslmode"),
    TLS_CHAIN(
        Kind.DENIED,
        false,
        "the server's certificate is not trusted",
        "check which certificates are trusted (DB_SSL_CA_FILE) and that it has not expired"),
    TLS_NAME(
        Kind.DENIED,
        false,
        "the server's certificate is for another name",
        "connect by a name that stands in the certificate"),
    TLS_CA(
        Kind.DENIED,
        false,
        "a certificate or key of ours cannot be used any more",
        "check the files that the settings name"),
    TLS_HANDSHAKE(
        Kind.DENIED,
        false,
        "no agreement on TLS",
        "check the protocol versions, and whether the server wants a client certificate"),
    AUTH_METHOD(
        Kind.DENIED,
        false,
        "the server's way to ask who we are is not allowed",
        "see require_auth and channel_binding, and pg_hba.conf"),
    GSS(Kind.DENIED, false, "the server does not offer GSS", "set gssencmode=disable"),
    NO_DATABASE(
        Kind.NO_DATABASE, false, "the database does not exist", "create it with CREATE DATABASE"),
    OPTIONS(
        Kind.CONFIGURATION,
        false,
        "a server option is not accepted",
        "write -c name=value, separated by blanks, and check names and values");

    private final Kind kind;
    private final boolean passing;
    private final String event;
    private final String hint;

    Reason(Kind kind, boolean passing, String event, String hint) {
      this.kind = kind;
      this.passing = passing;
      this.event = event;
      this.hint = hint;
    }

    public Kind kind() {
      return kind;
    }

    /** What happened, in words. */
    public String event() {
      return event;
    }

    /** What an operator should look at. */
    public String hint() {
      return hint;
    }

    /** Whether trying again, or trying another host, may help. */
    public boolean isPassing() {
      return passing;
    }
  }

  /** What the driver says, untranslated, where its SQL state and cause leave several reasons. */
  private static final Map<String, Reason> DRIVER_TEXTS = new LinkedHashMap<>();

  static {
    DRIVER_TEXTS.put("Connection attempt timed out.", Reason.TIMEOUT);
    DRIVER_TEXTS.put("The server does not support SSL.", Reason.NO_TLS);
    DRIVER_TEXTS.put(
        "The hostname {0} could not be verified by hostnameverifier {1}.", Reason.TLS_NAME);
    DRIVER_TEXTS.put("The server does not support GSS Encoding.", Reason.GSS);
    DRIVER_TEXTS.put("The server does not support GSS Encryption.", Reason.GSS);
    DRIVER_TEXTS.put(
        "The server requested SCRAM-based authentication, but no password was provided.",
        Reason.NO_PASSWORD);
    DRIVER_TEXTS.put(
        "The server requested SCRAM-based authentication, but the password is an empty string.",
        Reason.NO_PASSWORD);
    DRIVER_TEXTS.put(
        "The server requested password-based authentication, but no password was provided by"
            + " plugin {0}",
        Reason.NO_PASSWORD);
  }

  private final Reason reason;
  private final String event;
  private final SQLException failure;

  private ConnectFailedException(Reason reason, String event, SQLException cause) {
    super("no connection to the database: " + event + "; " + reason.hint, cause);
    this.reason = reason;
    this.event = event;
    this.failure = cause;
  }

  /** Reads the reason from what the driver threw. */
  public static ConnectFailedException of(SQLException cause) {
    Reason reason = reasonOf(cause);
    String state = cause.getSQLState() == null ? "" : " (" + cause.getSQLState() + ")";
    String details =
        cause instanceof HostFailure.HostsException || cause instanceof SocketUnavailableException
            ? ": " + cause.getMessage()
            : "";
    return new ConnectFailedException(reason, reason.event + state + details, cause);
  }

  public Reason reason() {
    return reason;
  }

  /** What happened, without what to do about it. */
  String event() {
    return event;
  }

  SQLException sqlException() {
    return failure;
  }

  private static Reason reasonOf(SQLException failure) {
    if (failure instanceof HostFailure.HostsException several) {
      return several.reason();
    }
    if (failure instanceof UnsuitableServerException) {
      return Reason.UNSUITABLE;
    }
    if (failure instanceof SocketUnavailableException) {
      return Reason.SOCKET;
    }
    String state = failure.getSQLState();
    if (state == null) {
      return Reason.UNREACHABLE;
    }
    return switch (state) {
      case "28P01" -> Reason.PASSWORD;
      case "28000" -> Reason.RULES;
      case "3D000" -> Reason.NO_DATABASE;
      case "22023" -> namesRole(failure) ? Reason.ROLE : Reason.OPTIONS;
      case "42501" -> Reason.ROLE;
      case "42601", "42704" -> Reason.OPTIONS;
      case "53300" -> Reason.TOO_MANY_CONNECTIONS;
      case "57P01", "57P02", "57P03" -> Reason.STARTING_UP;
      default -> state.startsWith("08") ? reasonOfDriver(state, failure) : Reason.UNREACHABLE;
    };
  }

  private static Reason reasonOfDriver(String state, SQLException failure) {
    String message = String.valueOf(failure.getMessage());
    Optional<Reason> told =
        DRIVER_TEXTS.entrySet().stream()
            .filter(text -> message.startsWith(translatedBeginning(text.getKey())))
            .map(Map.Entry::getValue)
            .findFirst();
    if (told.isPresent()) {
      return told.get();
    }
    if (has(failure, TlsMaterialException.class)) {
      return Reason.TLS_CA;
    }
    if (has(failure, CertificateException.class)) {
      return Reason.TLS_CHAIN;
    }
    if (has(failure, SSLException.class)) {
      return Reason.TLS_HANDSHAKE;
    }
    if (has(failure, UnknownHostException.class)) {
      return Reason.NAME;
    }
    if (has(failure, SocketTimeoutException.class)) {
      return Reason.TIMEOUT;
    }
    if (has(failure, ConnectException.class)) {
      return Reason.REFUSED;
    }
    if (has(failure, IOException.class)) {
      return Reason.LOST;
    }
    return state.equals("08004") ? Reason.AUTH_METHOD : Reason.UNREACHABLE;
  }

  private static boolean has(Throwable failure, Class<? extends Throwable> type) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (type.isInstance(cause)) {
        return true;
      }
    }
    return false;
  }

  /** A value of the wrong form is found elsewhere in the server; its texts are translated. */
  private static boolean namesRole(SQLException failure) {
    return failure instanceof PSQLException refusal
        && refusal.getServerErrorMessage() != null
        && "call_string_check_hook".equals(refusal.getServerErrorMessage().getRoutine());
  }

  /** As the driver would say it now, up to the first thing that it fills in. */
  private static String translatedBeginning(String text) {
    return GT.tr(text).split(Pattern.quote("{0}"), 2)[0];
  }
}
