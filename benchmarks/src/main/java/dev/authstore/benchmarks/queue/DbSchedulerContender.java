package dev.authstore.benchmarks.queue;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.SchedulerName;
import com.github.kagkarlsson.scheduler.task.TaskInstance;
import com.github.kagkarlsson.scheduler.task.helper.OneTimeTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.zaxxer.hikari.HikariDataSource;
import dev.authstore.benchmarks.Database;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** db-scheduler's one-time tasks. */
final class DbSchedulerContender implements Contender {
  private static final Duration POLLING = Duration.ofMillis(100);
  private static final double LOWER_LIMIT = 1;
  private static final double UPPER_LIMIT = 4;
  private static final int OTHER_CONNECTIONS = 2;
  private static final int BATCH = 500;
  private static final String PUBLIC = "public";
  private static final String IN_PUBLIC = "SET search_path TO public";

  private final Database database;
  private final HikariDataSource pool;
  private final SchedulerClient client;

  DbSchedulerContender(Database database) throws SQLException {
    this.database = database;
    database.execute(
        IN_PUBLIC,
        """
        CREATE TABLE scheduled_tasks (
          task_name            text NOT NULL,
          task_instance        text NOT NULL,
          task_data            bytea,
          execution_time       timestamptz NOT NULL,
          picked               boolean NOT NULL,
          picked_by            text,
          last_success         timestamptz,
          last_failure         timestamptz,
          consecutive_failures integer,
          last_heartbeat       timestamptz,
          version              bigint NOT NULL,
          PRIMARY KEY (task_name, task_instance)
        )
        """,
        "CREATE INDEX execution_time_idx ON scheduled_tasks (execution_time)",
        "CREATE INDEX last_heartbeat_idx ON scheduled_tasks (last_heartbeat)",
        "CREATE TABLE written (at timestamptz)");
    this.pool = database.pool(1, PUBLIC);
    this.client = SchedulerClient.Builder.create(pool).build();
  }

  @Override
  public void enqueueEach(Kind kind, int jobs) {
    for (int i = 0; i < jobs; i++) {
      client.scheduleIfNotExists(instance(kind), Instant.now());
    }
  }

  @Override
  public void enqueueAll(Kind kind, int jobs) {
    for (int from = 0; from < jobs; from += BATCH) {
      List<TaskInstance<?>> batch = new ArrayList<>();
      for (int i = from; i < Math.min(from + BATCH, jobs); i++) {
        batch.add(instance(kind));
      }
      client.scheduleBatch(batch, Instant.now());
    }
  }

  @Override
  public Crew start(int workers, Runnable work) {
    List<HikariDataSource> pools = new ArrayList<>();
    List<Scheduler> started = new ArrayList<>();
    for (int i = 0; i < workers; i++) {
      HikariDataSource theirs = database.pool(CONCURRENCY + OTHER_CONNECTIONS, PUBLIC);
      pools.add(theirs);
      Scheduler scheduler =
          Scheduler.create(
                  theirs, task(Kind.NOTHING, theirs, work), task(Kind.WRITES_A_ROW, theirs, work))
              .schedulerName(new SchedulerName.Fixed("worker-" + i))
              .threads(CONCURRENCY)
              .pollUsingLockAndFetch(LOWER_LIMIT, UPPER_LIMIT)
              .pollingInterval(POLLING)
              .build();
      scheduler.start();
      started.add(scheduler);
    }
    return () -> {
      started.forEach(Scheduler::stop);
      pools.forEach(HikariDataSource::close);
    };
  }

  @Override
  public void fill(int finished, int scheduled) throws SQLException {
    database.execute(
        IN_PUBLIC,
        """
        INSERT INTO scheduled_tasks (task_name, task_instance, execution_time, picked, version)
        SELECT 'NOTHING', 'later ' || n, now() + interval '1 year', false, 1
        FROM generate_series(1, %d) n
        """
            .formatted(scheduled),
        "VACUUM ANALYZE");
  }

  @Override
  public void tidy() throws SQLException {
    database.execute(IN_PUBLIC, "TRUNCATE written", "VACUUM ANALYZE");
  }

  @Override
  public boolean isBusy() throws SQLException {
    return database.number(
            """
            SELECT count(*) FROM (
              SELECT FROM public.scheduled_tasks WHERE execution_time < now() + interval '1 hour' LIMIT 1) jobs
            """)
        > 0;
  }

  @Override
  public long statements() throws SQLException {
    return Contender.statements(database);
  }

  @Override
  public void close() {
    pool.close();
  }

  private static OneTimeTask<Void> task(Kind kind, HikariDataSource pool, Runnable work) {
    return Tasks.oneTime(kind.name())
        .execute(
            (instance, context) -> {
              if (kind == Kind.WRITES_A_ROW) {
                write(pool);
              }
              work.run();
            });
  }

  private static TaskInstance<Void> instance(Kind kind) {
    return new TaskInstance<>(kind.name(), UUID.randomUUID().toString());
  }

  private static void write(HikariDataSource pool) {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("INSERT INTO written VALUES (now())");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
