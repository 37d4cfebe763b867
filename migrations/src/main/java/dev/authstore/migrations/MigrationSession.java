package dev.authstore.migrations;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.callback.BaseCallback;
import org.flywaydb.core.api.callback.Context;
import org.flywaydb.core.api.callback.Event;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sets up the sessions of the migrator, and is there before and after each script. */
final class MigrationSession extends BaseCallback {

  private static final Logger LOG = LoggerFactory.getLogger("authstore.database");

  /** The history keeps instants without their time zone. */
  private static final String USE_UTC = "SET TimeZone = 'UTC'";

  /** Flyway puts the schema of the history first. */
  private static final String SEARCH_SCHEMA =
      "SELECT set_config('search_path', quote_ident(?) || ', ' || current_setting('search_path'), false)";

  /**
   * Whoever wants a lock on a table keeps everybody else waiting behind it, so a script does not
   * queue for long. Without a transaction there is nothing to take back, and this has no effect.
   */
  private static final String LIMIT_LOCKS =
      "SELECT set_config('lock_timeout', '5s', true) WHERE current_setting('lock_timeout') = '0'";

  private final MigrationSettings settings;
  private final MigrationListener listener;
  private final List<MigrationScript> applied = new ArrayList<>();
  private long begun;

  MigrationSession(MigrationSettings settings, MigrationListener listener) {
    this.settings = settings;
    this.listener = listener;
  }

  /** The scripts that have ended well, in order. */
  List<MigrationScript> applied() {
    return List.copyOf(applied);
  }

  @Override
  public boolean supports(Event event, Context context) {
    return event == Event.AFTER_CONNECT
        || event == Event.BEFORE_EACH_MIGRATE
        || event == Event.AFTER_EACH_MIGRATE;
  }

  @Override
  public void handle(Event event, Context context) {
    try {
      switch (event) {
        case AFTER_CONNECT -> execute(context.getConnection(), USE_UTC);
        case BEFORE_EACH_MIGRATE ->
            begin(context.getConnection(), Scripts.script(context.getMigrationInfo()));
        case AFTER_EACH_MIGRATE ->
            end(context.getConnection(), Scripts.script(context.getMigrationInfo()));
        default -> {} // not one of ours
      }
    } catch (SQLException e) {
      throw new FlywayException(e);
    }
  }

  private void begin(Connection connection, MigrationScript script) throws SQLException {
    LOG.info(
        "Applying migration [version={}, description={}]", script.version(), script.description());
    if (settings.historySchema().isPresent()) {
      try (PreparedStatement statement = connection.prepareStatement(SEARCH_SCHEMA)) {
        statement.setString(1, settings.schema());
        statement.execute();
      }
    }
    if (!connection.getAutoCommit()) {
      execute(connection, LIMIT_LOCKS);
    }
    begun = System.nanoTime();
    listener.begun(script);
  }

  private void end(Connection connection, MigrationScript script) throws SQLException {
    TableRights.protect(connection, settings);
    applied.add(script);
    listener.applied(script, Duration.ofNanos(System.nanoTime() - begun));
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
