package dev.authstore.benchmarks.queue;

import com.zaxxer.hikari.HikariDataSource;
import dev.authstore.benchmarks.Database;
import dev.authstore.model.Json;
import dev.authstore.model.queue.JobMetadata;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StorageSettings;
import dev.authstore.storage.pg.PgRepository;
import dev.authstore.storage.pg.worker.JobHandlers;
import dev.authstore.storage.pg.worker.JobType;
import dev.authstore.storage.pg.worker.JobWorker;
import dev.authstore.storage.pg.worker.WorkerSettings;
import dev.authstore.storage.pg.worker.WorkerSetup;
import dev.authstore.storage.queue.NewJob;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Authstore's queue as it is by default. */
final class AuthstoreContender implements Contender {
  private static final int OTHER_CONNECTIONS = 2;

  private final Database database;
  private final String schema;
  private final HikariDataSource pool;
  private final RepositoryFactory repositories;

  AuthstoreContender(Database database) throws SQLException {
    this.database = database;
    this.schema = database.schema();
    this.pool = database.pool(1);
    this.repositories = database.repositories(pool);
    database.execute("CREATE TABLE public.written (at timestamptz)");
  }

  @Override
  public void enqueueEach(Kind kind, int jobs) {
    for (int i = 0; i < jobs; i++) {
      repositories.direct(repo -> type(kind).schedule(repo, Json.NULL));
    }
  }

  @Override
  public void enqueueAll(Kind kind, int jobs) {
    NewJob job = new NewJob(type(kind).queueName(), Json.NULL, JobMetadata.NONE);
    repositories.run(repo -> repo.queueJobs().scheduleBatch(Collections.nCopies(jobs, job)));
  }

  @Override
  public Crew start(int workers, Runnable work) {
    JobHandlers handlers =
        JobHandlers.none()
            .with(type(Kind.NOTHING), (repo, nothing, job) -> work.run())
            .with(
                type(Kind.WRITES_A_ROW),
                (repo, nothing, job) -> {
                  write(repo);
                  work.run();
                });
    List<HikariDataSource> pools = new ArrayList<>();
    List<JobWorker> started = new ArrayList<>();
    for (int i = 0; i < workers; i++) {
      HikariDataSource theirs = database.pool(CONCURRENCY + OTHER_CONNECTIONS);
      pools.add(theirs);
      WorkerSetup setup =
          WorkerSetup.of(
              database.repositories(theirs), StorageSettings.defaults(), database.dataSource());
      started.add(
          JobWorker.start(
              setup
                  .handlers(handlers)
                  .settings(WorkerSettings.defaults().concurrency(CONCURRENCY))));
    }
    return () -> {
      started.forEach(JobWorker::close);
      pools.forEach(HikariDataSource::close);
    };
  }

  @Override
  public void fill(int finished, int scheduled) throws SQLException {
    database.execute(
        """
        INSERT INTO %s.queue_jobs
          (id, status, queue_name, payload, metadata, attempt, created_at, started_at, completed_at)
        SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'completed',
          'NOTHING', 'null', '{}', 0, now(), now(), now()
        FROM generate_series(1, %d) n
        """
            .formatted(schema, finished),
        """
        INSERT INTO %s.queue_jobs
          (id, status, queue_name, payload, metadata, attempt, created_at, scheduled_at)
        SELECT ('00000000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid, 'scheduled',
          'NOTHING', 'null', '{}', 0, now(), now() + interval '1 year'
        FROM generate_series(1, %d) n
        """
            .formatted(schema, scheduled),
        "VACUUM ANALYZE");
  }

  @Override
  public void tidy() throws SQLException {
    database.execute(
        "DELETE FROM %s.queue_jobs WHERE id > '00000000-0000-8000-8000-000000000000'"
            .formatted(schema),
        "TRUNCATE public.written",
        "VACUUM ANALYZE");
  }

  @Override
  public boolean isBusy() throws SQLException {
    String busy =
        "SELECT count(*) FROM (SELECT FROM %s.queue_jobs WHERE status = '%s' LIMIT 1) jobs";
    return database.number(busy.formatted(schema, "available")) > 0
        || database.number(busy.formatted(schema, "running")) > 0;
  }

  @Override
  public long statements() throws SQLException {
    return Contender.statements(database);
  }

  @Override
  public void close() {
    pool.close();
  }

  private static JobType<Json> type(Kind kind) {
    return JobType.withoutPayload(kind.name());
  }

  private static void write(RepositoryAccess repo) {
    ((PgRepository) repo).dsl().execute("INSERT INTO public.written VALUES (now())");
  }
}
