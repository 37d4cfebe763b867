package dev.authstore.storage.pg;

import dev.authstore.database.ConnectFailedException;
import dev.authstore.database.ServerFacts;
import dev.authstore.storage.StorageUnavailableException;
import dev.authstore.storage.pg.DatabaseHealth.Status;
import dev.authstore.storage.pg.internal.Connections;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the database, for any number of askers at once: they share one look. Half of the time
 * goes to a connection of the pool; if there is none, the other half to one beside it, which tells
 * an exhausted pool from a server that is gone.
 */
final class HealthProbe implements AutoCloseable {
  private static final Duration TOLERATED_WAITING = Duration.ofSeconds(5);

  private final ExecutorService workers =
      Executors.newFixedThreadPool(
          3,
          task -> {
            Thread worker = new Thread(task, "authstore-health");
            worker.setDaemon(true);
            return worker;
          });

  private final ConnectionPool pool;
  private final DataSource plain;
  private final Duration timeout;
  private final Optional<String> schemaVersion;
  private final InstantSource clock;
  private final LongSupplier nanoTime;

  private @Nullable CompletableFuture<DatabaseHealth> look;
  private @Nullable CompletableFuture<ServerFacts> pooled;
  private @Nullable CompletableFuture<ServerFacts> beside;
  private @Nullable Long waitingSince;

  HealthProbe(ConnectionPool pool, DataSource plain, Duration timeout, Origin origin) {
    this.pool = pool;
    this.plain = plain;
    this.timeout = timeout;
    this.schemaVersion = origin.schemaVersion;
    this.clock = origin.clock;
    this.nanoTime = origin.nanoTime;
  }

  /** What a report needs beside the database. */
  record Origin(Optional<String> schemaVersion, InstantSource clock, LongSupplier nanoTime) {}

  DatabaseHealth health() {
    try {
      return current().get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return report(Status.DOWN, Optional.of("INTERRUPTED"), Duration.ZERO, Optional.empty());
    } catch (ExecutionException e) {
      return report(Status.DOWN, Optional.of("UNREACHABLE"), Duration.ZERO, Optional.empty());
    }
  }

  /** Answers those who wait for a look, which may never have begun. */
  @Override
  public synchronized void close() {
    workers.shutdownNow();
    if (look != null) {
      look.complete(closed());
    }
  }

  private synchronized CompletableFuture<DatabaseHealth> current() {
    if (look == null || look.isDone()) {
      look =
          workers.isShutdown()
              ? CompletableFuture.completedFuture(closed())
              : CompletableFuture.supplyAsync(this::lookNow, workers);
    }
    return look;
  }

  private DatabaseHealth closed() {
    return report(Status.DOWN, Optional.of("POOL_CLOSED"), Duration.ZERO, Optional.empty());
  }

  private DatabaseHealth lookNow() {
    long start = System.nanoTime();
    Duration half = timeout.dividedBy(2);
    pooled = stillRunning(pooled, () -> read(pool));
    try {
      ServerFacts server = await(pooled, half);
      return judged(server, Duration.ofNanos(System.nanoTime() - start));
    } catch (TimeoutException e) {
      return withoutPool(start, half);
    } catch (CompletionException e) {
      return isExhausted(e.getCause())
          ? withoutPool(start, half)
          : down(reasonOf(e.getCause()), start);
    }
  }

  private DatabaseHealth withoutPool(long start, Duration half) {
    beside = stillRunning(beside, () -> read(operation -> plain.getConnection()));
    try {
      ServerFacts server = await(beside, half);
      return report(
          hasWaitedTooLong(true) ? Status.DOWN : Status.DEGRADED,
          Optional.of("POOL_TIMEOUT"),
          Duration.ofNanos(System.nanoTime() - start),
          Optional.of(server));
    } catch (TimeoutException e) {
      return down("TIMEOUT", start);
    } catch (CompletionException e) {
      return down(reasonOf(e.getCause()), start);
    }
  }

  private DatabaseHealth judged(ServerFacts server, Duration latency) {
    Optional<String> reason =
        hasWaitedTooLong(pool.numbers().waiting() > 0)
            ? Optional.of("POOL_WAITING")
            : server.readOnly()
                ? Optional.of("READ_ONLY")
                : Optional.of("SLOW").filter(slow -> latency.compareTo(timeout.dividedBy(2)) > 0);
    return report(
        reason.isPresent() ? Status.DEGRADED : Status.UP, reason, latency, Optional.of(server));
  }

  private DatabaseHealth down(String reason, long start) {
    return report(
        Status.DOWN,
        Optional.of(reason),
        Duration.ofNanos(System.nanoTime() - start),
        Optional.empty());
  }

  private DatabaseHealth report(
      Status status, Optional<String> reason, Duration latency, Optional<ServerFacts> server) {
    return new DatabaseHealth(
        status, reason, latency, clock.instant(), pool.numbers(), schemaVersion, server);
  }

  private boolean hasWaitedTooLong(boolean waiting) {
    if (!waiting) {
      waitingSince = null;
      return false;
    }
    long now = nanoTime.getAsLong();
    if (waitingSince == null) {
      waitingSince = now;
    }
    return now - waitingSince >= TOLERATED_WAITING.toNanos();
  }

  /** One that has not come to an end yet is not asked a second time. */
  private CompletableFuture<ServerFacts> stillRunning(
      @Nullable CompletableFuture<ServerFacts> earlier, Look next) {
    return earlier == null || earlier.isDone()
        ? CompletableFuture.supplyAsync(next::now, workers)
        : earlier;
  }

  private static ServerFacts await(CompletableFuture<ServerFacts> look, Duration limit)
      throws TimeoutException {
    try {
      return look.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new CompletionException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CompletionException(e);
    }
  }

  /** Gives up, and the connection with it, where nothing answers any more. */
  private ServerFacts read(Connections source) {
    try {
      Connection connection = source.take("health");
      try (Statement statement = connection.createStatement()) {
        connection.setNetworkTimeout(Runnable::run, Math.toIntExact(timeout.toMillis()));
        try (ResultSet row = statement.executeQuery(ServerFacts.QUERY)) {
          return ServerFacts.read(row);
        }
      } finally {
        source.giveBack(connection);
      }
    } catch (SQLException e) {
      throw new CompletionException(e);
    }
  }

  /** A pool may give up before we do. */
  private static boolean isExhausted(@Nullable Throwable failure) {
    return failure instanceof StorageUnavailableException unavailable
        && unavailable.reason() == StorageUnavailableException.Reason.POOL_TIMEOUT;
  }

  private static String reasonOf(@Nullable Throwable failure) {
    if (failure instanceof StorageUnavailableException unavailable) {
      return unavailable.reason().name();
    }
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException refusal && refusal.getSQLState() != null) {
        return ConnectFailedException.of(refusal).reason().name();
      }
    }
    return ConnectFailedException.Reason.UNREACHABLE.name();
  }

  @FunctionalInterface
  private interface Look {
    ServerFacts now();
  }
}
