package dev.authstore.database;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens connections so that a failure tells its reason. */
public final class Connections {

  private static final Logger LOG = LoggerFactory.getLogger("authstore.database");

  private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  private Connections() {}

  /**
   * Opens a connection, which belongs to the caller.
   *
   * @throws ConnectFailedException if there is none to be had
   */
  public static Connection open(DataSource dataSource) {
    try {
      return dataSource.getConnection();
    } catch (SQLException e) {
      throw ConnectFailedException.of(e);
    }
  }

  /**
   * Connects once, to learn at start whether the database can be reached, and logs what answered.
   * Tries again for as long as the configuration says, where the reason of a failure may pass.
   *
   * @throws ConnectFailedException if it cannot be reached
   */
  public static ServerFacts awaitServer(DatabaseConfig config) {
    return awaitServer(config, config.startupTimeout());
  }

  /**
   * The same with another limit.
   *
   * @param limit zero tries once
   */
  public static ServerFacts awaitServer(DatabaseConfig config, Duration limit) {
    return await(config, config.dataSource(), config.target(), limit);
  }

  /**
   * The same with what the migrator connects with.
   *
   * @throws ConnectFailedException if it cannot be reached
   */
  public static ServerFacts awaitServerOfMigrator(DatabaseConfig config) {
    return await(
        config, config.migrationDataSource(), config.migrationTarget(), config.startupTimeout());
  }

  private static ServerFacts await(
      DatabaseConfig config, DataSource dataSource, String target, Duration limit) {
    config.notices().forEach(Connections::log);
    LOG.info(
        "Connecting to the database [target={}, sslmode={}, schema={}]",
        target,
        config.sslMode(),
        config.schema());
    long start = System.nanoTime();
    Duration pause = FIRST_PAUSE;
    for (int attempt = 1; ; attempt++) {
      try {
        ServerFacts facts = read(dataSource);
        logConnected(config, facts, elapsed(start));
        return facts;
      } catch (ConnectFailedException e) {
        Duration left = limit.minus(elapsed(start));
        if (!e.reason().isPassing() || left.isNegative() || left.isZero()) {
          throw e;
        }
        Duration wait = pause.compareTo(left) < 0 ? pause : left;
        LOG.warn(
            "Database not reachable yet, retrying [attempt={}, delay={}, reason={}, elapsed={}]",
            attempt,
            wait,
            e.event(),
            elapsed(start));
        pauseOrThrow(wait, e);
        pause =
            pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0
                ? pause.multipliedBy(2)
                : LONGEST_PAUSE;
      }
    }
  }

  private static ServerFacts read(DataSource dataSource) {
    try (Connection connection = open(dataSource);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(ServerFacts.QUERY)) {
      return ServerFacts.read(row);
    } catch (SQLException e) {
      throw ConnectFailedException.of(e);
    }
  }

  private static void logConnected(DatabaseConfig config, ServerFacts facts, Duration elapsed) {
    LOG.info(
        "Database connected [server={}, tls={}, duration={}]",
        facts.version(),
        facts.tls(),
        elapsed);
    if (!facts.encrypted() && config.leavesTheMachine()) {
      LOG.warn("Connection is not encrypted [target={}]", config.target());
    }
  }

  private static void log(Notice notice) {
    if (notice.warning()) {
      LOG.warn("Configuration: {}", notice.text());
    } else {
      LOG.info("Configuration: {}", notice.text());
    }
  }

  private static void pauseOrThrow(Duration pause, ConnectFailedException failure) {
    try {
      TimeUnit.MILLISECONDS.sleep(Math.max(1, pause.toMillis()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failure;
    }
  }

  private static Duration elapsed(long start) {
    return Duration.ofNanos(System.nanoTime() - start);
  }
}
