package dev.authstore.database;

import dev.authstore.database.ConnectionSpec.Sessions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How sessions begin. Limits go into the server's command line, which travels with the first
 * message and works through poolers; only the time zone cannot, because the driver sets its own
 * behind it.
 *
 * @param pooled whether a statement that sets up a session would reach anybody's session
 */
record RunSessions(boolean pooled) {

  /** What the server calls them. */
  static final Map<Setting, String> LIMITS =
      Map.of(
          Setting.STATEMENT_TIMEOUT, "statement_timeout",
          Setting.LOCK_TIMEOUT, "lock_timeout",
          Setting.IDLE_IN_TRANSACTION_TIMEOUT, "idle_in_transaction_session_timeout");

  private static final String IN_UTC = "SET TimeZone = 'UTC'";

  /** A pooler may hand over a session that somebody else has used. */
  private static final String NOT_LISTENING = "; UNLISTEN *";

  /** Ours come first, so that the operator's own win. */
  ConnectionSpec of(ConnectionSpec spec, SessionSettings session, String schema) {
    List<String> options = new ArrayList<>();
    if (!pooled) {
      options.add(ServerOptions.setting("search_path", Identifiers.quoted(schema)));
    }
    addLimit(options, Setting.STATEMENT_TIMEOUT, session.statementTimeout());
    addLimit(options, Setting.LOCK_TIMEOUT, session.lockTimeout());
    addLimit(options, Setting.IDLE_IN_TRANSACTION_TIMEOUT, session.idleInTransactionTimeout());
    Sessions given = spec.sessions();
    given.options().ifPresent(options::add);
    return spec.with(
        spec.credentials(),
        new Sessions(
            given.applicationName(),
            ServerOptions.joined(options),
            setUp(IN_UTC + NOT_LISTENING),
            given.socketTimeout(),
            given.preparedStatements()));
  }

  /** Scripts may take their time, unless told otherwise. */
  ConnectionSpec ofMigrator(
      ConnectionSpec spec, Credentials credentials, Optional<String> options, Duration limit) {
    List<String> all = new ArrayList<>();
    addLimit(all, Setting.STATEMENT_TIMEOUT, limit);
    options.ifPresent(all::add);
    return spec.with(
        credentials,
        new Sessions(
            spec.sessions().applicationName() + "-migrate",
            ServerOptions.joined(all),
            setUp(IN_UTC),
            Duration.ZERO,
            spec.sessions().preparedStatements()));
  }

  private Optional<String> setUp(String statements) {
    return pooled ? Optional.empty() : Optional.of(statements);
  }

  private static void addLimit(List<String> options, Setting setting, Duration limit) {
    if (!limit.isZero()) {
      options.add(
          ServerOptions.setting(
              LIMITS.getOrDefault(setting, ""), String.valueOf(limit.toMillis())));
    }
  }
}
