package dev.authstore.storage.pg.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Json;
import dev.authstore.model.queue.JobMetadata;
import dev.authstore.model.queue.LeaderLease;
import dev.authstore.model.queue.QueueJob;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.StorageSettings;
import dev.authstore.storage.pg.Authstore;
import dev.authstore.storage.pg.PgRepository;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.queue.DeadWorkerReport;
import dev.authstore.storage.queue.NewJob;
import dev.authstore.storage.queue.QueueSettings;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Many jobs, eight workers, and everything that can happen to them: nodes die, connections break,
 * networks are cut and mended, handlers fail, and every other clock is minutes off. What happens,
 * and to whom, is drawn from a seed; when, is up to the machine.
 *
 * <p>The number of jobs is the system property {@code authstore.chaos.jobs}; the profile {@code
 * chaos} sets it to 100,000. Another seed is {@code authstore.chaos.seed}.
 */
class JobWorkerChaosTest {
  private static final int JOBS = Integer.getInteger("authstore.chaos.jobs", 1_500);
  private static final long SEED = Long.getLong("authstore.chaos.seed", 20_220_116);
  private static final int WORKERS = 8;
  private static final int CONCURRENCY = 4;
  private static final int BATCH = 500;
  private static final int FAILING_OF_100 = 3;
  private static final int MAX_WORK_NANOS = 20_000_000;
  private static final int MAX_PEACE_MILLIS = 50;
  private static final Duration PATIENCE = Duration.ofMinutes(2).plusMillis(4L * JOBS);
  private static final int LEAST_SKEW_SECONDS = 30;
  private static final int MOST_SKEW_SECONDS = 300;
  private static final String TICK = "tick";

  private static final JobType<Integer> COUNT =
      new JobType<>(
          "count",
          number -> Json.parse(number.toString()),
          json -> json.asNumber().orElseThrow(IllegalArgumentException::new).intValueExact());

  /** Its job writes, and enqueues what {@link #COUNT} does, in one unit of work. */
  private static final JobType<Integer> SPAWN =
      new JobType<>("spawn", COUNT.writing(), COUNT.reading());

  @RegisterExtension final Store store = Store.fresh();

  private final Random random = new Random(SEED);
  private final AtomicInteger runs = new AtomicInteger();
  private final List<Node> nodes = new ArrayList<>();
  private final ExecutorService graves = Executors.newCachedThreadPool();

  private final List<LeaderLease> termsOfWildClocks = new CopyOnWriteArrayList<>();

  /** A worker with a network and a clock of its own. */
  private record Node(FlakyDataSource network, JobWorker worker) {}

  private enum Calamity {
    DEATH,
    CUT,
    MEND,
    TERMINATION,
  }

  @Test
  void losesNothingAndDoesNothingTwice() throws InterruptedException, SQLException {
    store.sql("CREATE TABLE authstore.effects (number integer NOT NULL, job uuid NOT NULL)");
    store.sql("CREATE TABLE authstore.ticks (job uuid NOT NULL)");
    for (int i = 0; i < WORKERS; i++) {
      nodes.add(node(i));
    }
    AtomicBoolean enqueued = new AtomicBoolean();
    Thread producer = new Thread(() -> enqueued.set(enqueue()));
    producer.start();

    long deadline = System.nanoTime() + PATIENCE.toNanos();
    Set<Calamity> happened = EnumSet.noneOf(Calamity.class);
    while (happened.size() < Calamity.values().length || !enqueued.get() || !allIsDone()) {
      assertThat(System.nanoTime()).as("stuck: %s", census()).isLessThan(deadline);
      happened.add(calamity());
      TimeUnit.MILLISECONDS.sleep(random.nextInt(MAX_PEACE_MILLIS));
    }
    for (Node node : nodes) {
      node.network().mend();
    }
    nodes.parallelStream().forEach(node -> node.worker().close());
    nodes.forEach(node -> node.network().close());
    graves.shutdown();
    assertThat(graves.awaitTermination(1, TimeUnit.MINUTES)).isTrue();

    assertEffects();
    assertChains();
    assertThatHistoryIsConsistent();
    assertThat(runs.get()).isGreaterThan(JOBS);
    assertThat(termsOfWildClocks).isEmpty();
  }

  private boolean enqueue() {
    for (int from = 0; from < JOBS; from += BATCH) {
      List<NewJob> batch =
          IntStream.range(from, Math.min(from + BATCH, JOBS))
              .mapToObj(JobWorkerChaosTest::job)
              .toList();
      store.run(repo -> repo.queueJobs().scheduleBatch(batch));
    }
    return true;
  }

  // Every fifth number is not enqueued here, but by the job of the number before it.
  private static NewJob job(int number) {
    JobType<Integer> type = number % 5 == 3 ? SPAWN : COUNT;
    Json payload = type.writing().apply(number % 5 == 4 ? -number : number);
    return new NewJob(type.queueName(), payload, JobMetadata.NONE);
  }

  private Node node(int index) {
    FlakyDataSource network = new FlakyDataSource(store.dataSource(), CONCURRENCY + 2);
    boolean isWild = index % 2 == 1;
    Duration skew = isWild ? wildSkew() : Duration.ZERO;
    InstantSource clock = () -> InstantSource.system().instant().plus(skew);
    QueueSettings queue = QueueSettings.defaults();
    StorageSettings storage =
        StorageSettings.defaults()
            .clock(clock)
            .queue(
                queue
                    .leaderLease(Duration.ofMillis(300))
                    .retries(
                        queue
                            .retries()
                            .maxAttempts(1_000)
                            .base(Duration.ofMillis(10))
                            .cap(Duration.ofMillis(100))));
    WorkerSetup setup =
        WorkerSetup.of(
                Authstore.using(network.pool(), store.schema(), storage).repositories(),
                storage,
                network.direct())
            .handlers(handlers(new Random(random.nextLong())))
            .schedules(List.of(JobSchedule.of(TICK, "* * * * * *")))
            .settings(
                WorkerSettings.defaults()
                    .concurrency(CONCURRENCY)
                    .fetching(Duration.ofMillis(500), Duration.ofMillis(5), Duration.ofMillis(5))
                    .heartbeat(Duration.ofMillis(100), Duration.ofSeconds(1))
                    .leading(Duration.ofMillis(50), Duration.ofMillis(100))
                    .grace(Duration.ofSeconds(20)))
            .observer(isWild ? hearingOfTerms() : WorkerObserver.NONE);
    return new Node(network, JobWorker.start(setup));
  }

  private Duration wildSkew() {
    int seconds = random.nextInt(LEAST_SKEW_SECONDS, MOST_SKEW_SECONDS);
    return Duration.ofSeconds(random.nextBoolean() ? seconds : -seconds);
  }

  private WorkerObserver hearingOfTerms() {
    return new WorkerObserver() {
      @Override
      public void dutiesDone(LeaderLease term, DeadWorkerReport report) {
        termsOfWildClocks.add(term);
      }
    };
  }

  private JobHandlers handlers(Random chance) {
    return JobHandlers.none()
        .with(COUNT, (repo, number, job) -> count(repo, number, job, chance))
        .with(
            SPAWN,
            (repo, number, job) -> {
              COUNT.schedule(repo, number + 1);
              count(repo, number, job, chance);
            },
            JobLimits.none().concurrency(2))
        .with(JobType.withoutPayload(TICK), (repo, nothing, job) -> tick(repo, job));
  }

  private void count(RepositoryAccess repo, int number, QueueJob job, Random chance) {
    runs.incrementAndGet();
    if (number < 0) {
      return; // its number is counted by another job
    }
    ((PgRepository) repo)
        .dsl()
        .execute("INSERT INTO authstore.effects VALUES (?, ?)", number, job.id());
    LockSupport.parkNanos(chance.nextInt(MAX_WORK_NANOS));
    if (chance.nextInt(100) < FAILING_OF_100) {
      throw new IllegalStateException("chance");
    }
  }

  private static void tick(RepositoryAccess repo, QueueJob job) {
    ((PgRepository) repo).dsl().execute("INSERT INTO authstore.ticks VALUES (?)", job.id());
  }

  private Calamity calamity() throws SQLException {
    int index = random.nextInt(nodes.size());
    Node victim = nodes.get(index);
    Calamity next =
        switch (random.nextInt(8)) {
          case 0 -> Calamity.DEATH;
          case 1 -> Calamity.CUT;
          case 2, 3, 4 -> Calamity.MEND;
          default -> Calamity.TERMINATION;
        };
    switch (next) {
      case DEATH -> { // and another one starts
        victim.network().cut();
        graves.execute(() -> bury(victim));
        nodes.set(index, node(index));
      }
      case CUT -> victim.network().cut(); // until it is declared dead, or mended
      case MEND -> nodes.forEach(node -> node.network().mend());
      case TERMINATION -> terminate(1 + random.nextInt(5));
    }
    return next;
  }

  private static void bury(Node victim) {
    victim.worker().halt();
    victim.network().close();
  }

  private void terminate(int connections) {
    store.select(
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'node'
        ORDER BY hashint4(pid + ?) LIMIT ?
        """,
        random.nextInt(1_000_000),
        connections);
  }

  private boolean allIsDone() {
    return store
        .select(
            """
            SELECT NOT EXISTS (
              SELECT FROM queue_jobs
              WHERE status IN ('available', 'scheduled', 'running') AND schedule_name IS NULL)
            """)
        .equals(List.of("t"));
  }

  private String census() {
    return store
        .select("SELECT status || ' ' || count(*) FROM queue_jobs GROUP BY status")
        .toString();
  }

  private void assertEffects() {
    assertThat(store.select("SELECT number FROM authstore.effects GROUP BY 1 HAVING count(*) > 1"))
        .as("done twice")
        .isEmpty();
    assertThat(
            store.select(
                """
                SELECT n FROM generate_series(0, ? - 1) n
                WHERE NOT EXISTS (SELECT FROM authstore.effects WHERE number = n)
                """,
                JOBS))
        .as("lost")
        .isEmpty();
  }

  private void assertChains() {
    assertThat(allIsDone()).isTrue();
    assertThat(
            store.select(
                "SELECT count(*) FROM queue_jobs WHERE attempt = 0 AND queue_name <> 'tick'"))
        .as("jobs without their enqueuer, or the reverse")
        .containsExactly(String.valueOf(JOBS + JOBS / 5));
    assertThat(
            store.select(
                """
                SELECT id FROM queue_jobs
                WHERE status IN ('failed', 'lost') AND next_attempt_id IS NULL AND schedule_name IS NULL
                """))
        .as("given up")
        .isEmpty();
    assertThat(
            store.select(
                """
                SELECT j.id FROM queue_jobs j JOIN queue_jobs n ON n.id = j.next_attempt_id
                WHERE n.attempt <> j.attempt + 1 OR n.payload <> j.payload OR n.queue_name <> j.queue_name
                """))
        .as("another job as its next attempt")
        .isEmpty();
    assertThat(
            store.select(
                """
                SELECT id FROM queue_jobs j
                WHERE attempt > 0 AND NOT EXISTS (SELECT FROM queue_jobs p WHERE p.next_attempt_id = j.id)
                """))
        .as("attempts after nothing")
        .isEmpty();
  }

  private void assertThatHistoryIsConsistent() {
    assertThat(
            store.select(
                """
                SELECT e.job FROM authstore.effects e LEFT JOIN queue_jobs j ON j.id = e.job
                WHERE j.status IS DISTINCT FROM 'completed'
                """))
        .as("effects of attempts that came to nothing")
        .isEmpty();
    assertThat(
            store.select(
                """
                SELECT id FROM queue_jobs
                WHERE status = 'completed' AND queue_name <> 'tick' AND (payload #>> '{}')::integer >= 0
                  AND id NOT IN (SELECT job FROM authstore.effects)
                UNION ALL
                (SELECT id FROM queue_jobs WHERE status = 'completed' AND queue_name = 'tick'
                EXCEPT SELECT job FROM authstore.ticks)
                """))
        .as("completed without their effects")
        .isEmpty();
    assertThat(
            store.select(
                """
                SELECT j.id FROM queue_jobs j LEFT JOIN queue_workers w ON w.id = j.started_by
                WHERE w.id IS NULL AND j.started_by IS NOT NULL
                  OR j.status = 'lost' AND w.shutdown_at IS NULL
                """))
        .as("started by nobody, or taken from a worker that lives")
        .isEmpty();
    assertThat(
            store.select(
                """
                SELECT scheduled_at FROM queue_jobs WHERE schedule_name = 'tick' AND attempt = 0
                GROUP BY 1 HAVING count(*) > 1
                """))
        .as("planned twice")
        .isEmpty();
    assertThat(store.select("SELECT job FROM authstore.ticks GROUP BY 1 HAVING count(*) > 1"))
        .as("ticked twice")
        .isEmpty();
  }
}
