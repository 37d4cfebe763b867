package dev.authstore.storage.pg.worker;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.authstore.model.Json;
import dev.authstore.model.queue.QueueJobDetails;
import dev.authstore.model.queue.QueueJobStage;
import dev.authstore.model.queue.QueueJobStage.Failed;
import dev.authstore.model.queue.QueueJobStage.Lost;
import dev.authstore.model.queue.QueueWorkerDetails;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StorageObserver;
import dev.authstore.storage.StorageSettings;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.Authstore;
import dev.authstore.storage.pg.PgRepository;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.queue.QueueJobFilter;
import dev.authstore.storage.queue.QueueSettings;
import dev.authstore.storage.queue.QueueWorkerFilter;
import dev.authstore.testing.MutableClock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The database of a test, the workers on it, and what their jobs do. */
final class Workers implements BeforeEachCallback, AfterEachCallback {
  static final JobType<String> GREET = greeting("greet");

  /** Hears of jobs by notifications only, and does all else many times a second. */
  static final WorkerSettings QUICK =
      WorkerSettings.defaults()
          .fetching(Duration.ofMinutes(1), Duration.ZERO, Duration.ZERO)
          .heartbeat(Duration.ofMillis(50), Duration.ofSeconds(30))
          .leading(Duration.ofMillis(20), Duration.ofMillis(50))
          .grace(Duration.ofSeconds(20));

  static final Duration LEASE = Duration.ofMillis(300);

  private static final Duration IMPATIENCE = Duration.ofMillis(250);
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(5);
  private static final int CONNECTIONS = 20;

  private final Store store = Store.with(MutableClock.withNanoseconds());
  private final Watch watch = new Watch();
  private final List<JobWorker> started = new ArrayList<>();
  private long seed = 1000;

  private @Nullable HikariDataSource pool;

  Store store() {
    return store;
  }

  /** Of the workers that were not given another one. */
  Watch watch() {
    return watch;
  }

  /** A kind of job whose payload is a name, on a queue of its own. */
  static JobType<String> greeting(String queueName) {
    return new JobType<>(
        queueName,
        name -> Json.parse("\"" + name + "\""),
        json -> json.asString().orElseThrow(IllegalArgumentException::new));
  }

  /** Writes a name into a table of the application's own. */
  static void greet(RepositoryAccess repo, String name) {
    ((PgRepository) repo).dsl().execute("INSERT INTO authstore.greetings VALUES (?)", name);
  }

  static JobHandlers greeting() {
    return JobHandlers.none().with(GREET, (repo, name, job) -> greet(repo, name));
  }

  List<String> greetings() {
    return store.select("SELECT name FROM authstore.greetings");
  }

  JobWorker start(JobHandlers handlers) {
    return start(setup(QUICK, handlers));
  }

  JobWorker start(WorkerSettings settings, JobHandlers handlers) {
    return start(setup(settings, handlers));
  }

  JobWorker start(WorkerSetup setup) {
    JobWorker worker = JobWorker.start(setup);
    started.add(worker);
    return worker;
  }

  WorkerSetup setup(WorkerSettings settings, JobHandlers handlers) {
    return setup(storage()).settings(settings).handlers(handlers);
  }

  WorkerSetup setup(StorageSettings storage) {
    return setup(pool(), store.dataSource(), storage);
  }

  WorkerSetup setup(DataSource connections, DataSource listening, StorageSettings storage) {
    return WorkerSetup.of(repositories(connections, storage), storage, listening)
        .settings(QUICK)
        .observer(watch);
  }

  /** Of a process beside the workers. */
  RepositoryFactory repositories(StorageSettings storage) {
    return repositories(pool(), storage);
  }

  /** By the clocks of process and database, which agree; with retries at once. */
  StorageSettings storage() {
    QueueSettings queue = QueueSettings.defaults();
    return store
        .settings()
        .clock(InstantSource.system())
        .random(new Random(++seed))
        .queue(
            queue
                .leaderLease(LEASE)
                .retries(
                    queue
                        .retries()
                        .maxAttempts(3)
                        .base(Duration.ofMillis(1))
                        .cap(Duration.ofMillis(5))));
  }

  /** With something that is done after the answer of each statement, before it is worked on. */
  StorageSettings after(Consumer<String> operation) {
    return storage()
        .observer(
            new StorageObserver() {
              @Override
              public void statement(Statement statement) {
                operation.accept(statement.operation());
              }
            });
  }

  UUID enqueue(String name) {
    return store.write(repo -> GREET.schedule(repo, name));
  }

  QueueJobStage stage(UUID job) {
    Optional<QueueJobDetails> found = store.read(repo -> repo.queueJobs().lookup(job));
    return found.orElseThrow().stage();
  }

  /** Of the last attempt. */
  QueueJobStage chain(UUID job) {
    QueueJobStage stage = stage(job);
    Optional<UUID> next = Optional.empty();
    if (stage instanceof Failed failed) {
      next = failed.nextAttemptId();
    } else if (stage instanceof Lost lost) {
      next = lost.nextAttemptId();
    }
    return next.map(this::chain).orElse(stage);
  }

  List<QueueJobDetails> jobs() {
    return store
        .read(repo -> repo.queueJobs().list(QueueJobFilter.all(), Pagination.first(10_000)))
        .nodes();
  }

  QueueWorkerDetails details(JobWorker worker) {
    return store
        .read(repo -> repo.queueWorkers().list(QueueWorkerFilter.all(), Pagination.first(100)))
        .nodes()
        .stream()
        .filter(details -> details.id().equals(worker.identity().id()))
        .findFirst()
        .orElseThrow();
  }

  /** Waits until a query, of one row, answers with true. */
  void await(String query) {
    await(() -> store.select(query).equals(List.of("t")), query);
  }

  static void await(BooleanSupplier reached, String what) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!reached.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("waited in vain for " + what);
      }
      LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
    }
  }

  /** Waits until every job has been settled for good. */
  void awaitSettled() {
    await(
        """
        SELECT NOT EXISTS (
          SELECT FROM queue_jobs WHERE status IN ('available', 'scheduled', 'running'))
        """);
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    store.beforeEach(context);
    store.sql("CREATE TABLE authstore.greetings (name text)");
  }

  @Override
  public void afterEach(ExtensionContext context) {
    started.parallelStream().forEach(JobWorker::close);
    if (pool != null) {
      pool.close();
    }
    store.afterEach(context);
  }

  private RepositoryFactory repositories(DataSource connections, StorageSettings storage) {
    return Authstore.using(connections, store.schema(), storage).repositories();
  }

  private HikariDataSource pool() {
    HikariDataSource current = pool;
    if (current == null) {
      current = pool(store.dataSource(), CONNECTIONS, PATIENCE);
      pool = current;
    }
    return current;
  }

  /** Connections that are kept, of a process that gives up waiting for one soon. */
  static HikariDataSource pool(DataSource server, int size) {
    return pool(server, size, IMPATIENCE);
  }

  private static HikariDataSource pool(DataSource server, int size, Duration patience) {
    HikariConfig config = new HikariConfig();
    config.setDataSource(server);
    config.setMaximumPoolSize(size);
    config.setMinimumIdle(1);
    config.setConnectionTimeout(patience.toMillis());
    config.setValidationTimeout(IMPATIENCE.toMillis());
    config.setInitializationFailTimeout(-1);
    return new HikariDataSource(config);
  }
}
