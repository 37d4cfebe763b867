package dev.authstore.migrations;

import java.sql.SQLException;
import java.sql.Statement;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.callback.BaseCallback;
import org.flywaydb.core.api.callback.Context;
import org.flywaydb.core.api.callback.Event;
import org.slf4j.Logger;

/** Sets up the sessions of the migrator, and logs each script when its turn has come. */
final class MigrationSession extends BaseCallback {

  private final Logger log;

  MigrationSession(Logger log) {
    this.log = log;
  }

  @Override
  public boolean supports(Event event, Context context) {
    return event == Event.AFTER_CONNECT || event == Event.BEFORE_EACH_MIGRATE;
  }

  @Override
  public void handle(Event event, Context context) {
    if (event == Event.AFTER_CONNECT) {
      useUtc(context);
    } else {
      logScript(Scripts.script(context.getMigrationInfo()));
    }
  }

  /** The history keeps instants without their time zone. */
  private static void useUtc(Context context) {
    try (Statement statement = context.getConnection().createStatement()) {
      statement.execute("SET TimeZone = 'UTC'");
    } catch (SQLException e) {
      throw new FlywayException(e);
    }
  }

  private void logScript(MigrationScript script) {
    log.info(
        "Applying migration [version={}, description={}]", script.version(), script.description());
  }
}
