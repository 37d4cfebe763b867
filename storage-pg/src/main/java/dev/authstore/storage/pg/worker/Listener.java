package dev.authstore.storage.pg.worker;

import dev.authstore.model.Json;
import dev.authstore.storage.pg.worker.WorkerObserver.WakeUp;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hears notifications, on a connection that it replaces when it breaks. */
final class Listener implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger("authstore.queue");
  private static final int PATIENCE_MILLIS = 30_000;
  private static final int CHECK_SECONDS = 5;

  private final WorkerSetup setup;
  private final Bell jobs;
  private final Bell leadership;
  private final AtomicReference<@Nullable Connection> connection = new AtomicReference<>();
  private final Stop stop = new Stop();

  Listener(WorkerSetup setup, Bell jobs, Bell leadership) {
    this.setup = setup;
    this.jobs = jobs;
    this.leadership = leadership;
  }

  @Override
  public void run() {
    Backoff backoff = new Backoff(stop);
    while (!stop.isRequested()) {
      try (Connection opened = setup.listening().getConnection()) {
        connection.set(opened);
        listen(opened);
        backoff.reset();
        jobs.ring(WakeUp.NOTIFICATION); // what was told meanwhile was not heard
        leadership.ring(WakeUp.NOTIFICATION);
        while (!stop.isRequested()) {
          hear(opened);
        }
      } catch (SQLException | RuntimeException e) {
        if (!stop.isRequested()) {
          LOG.warn("listening failed, will be tried again", e);
          setup.observer().failed(e);
          if (!backoff.pause()) {
            return;
          }
        }
      } finally {
        connection.set(null);
      }
    }
  }

  /** Also cuts the connection, as its thread may be waiting for it. */
  void stop() throws SQLException {
    stop.request();
    Connection current = connection.get();
    if (current != null) {
      current.abort(Runnable::run);
    }
  }

  private static void listen(Connection opened) throws SQLException {
    opened.setAutoCommit(true);
    try (Statement statement = opened.createStatement()) {
      statement.execute("LISTEN queue_available");
      statement.execute("LISTEN queue_leader_stepdown");
    }
  }

  private void hear(Connection opened) throws SQLException {
    PGNotification[] heard = opened.unwrap(PGConnection.class).getNotifications(PATIENCE_MILLIS);
    if (heard == null || heard.length == 0) {
      if (!stop.isRequested() && !opened.isValid(CHECK_SECONDS)) {
        throw new SQLException("the connection is dead", "08006");
      }
      return;
    }
    for (PGNotification notification : heard) {
      if (notification.getName().equals("queue_leader_stepdown")) {
        leadership.ring(WakeUp.NOTIFICATION);
      } else if (isServed(notification.getParameter())) {
        jobs.ring(WakeUp.NOTIFICATION);
      }
    }
  }

  private boolean isServed(String payload) {
    try {
      return Json.parse(payload)
          .get("queue")
          .flatMap(Json::asString)
          .flatMap(setup.handlers()::find)
          .isPresent();
    } catch (IllegalArgumentException e) {
      return true; // somebody else's, who may mean us
    }
  }
}
