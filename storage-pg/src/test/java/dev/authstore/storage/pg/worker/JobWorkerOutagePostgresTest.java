package dev.authstore.storage.pg.worker;

import static dev.authstore.storage.pg.worker.Workers.GREET;
import static dev.authstore.storage.pg.worker.Workers.QUICK;
import static dev.authstore.storage.pg.worker.Workers.greet;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.authstore.model.queue.QueueJobStage.Completed;
import dev.authstore.storage.StorageSettings;
import dev.authstore.storage.pg.CuttableServer;
import dev.authstore.storage.pg.CuttableServer.Moment;
import dev.authstore.storage.pg.worker.WorkerObserver.Result;
import dev.authstore.testing.Race;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.ds.PGSimpleDataSource;

/** What becomes of jobs whose worker dies, or loses the database, at the worst moments. */
class JobWorkerOutagePostgresTest {
  @RegisterExtension final Workers workers = new Workers();

  /** What a job does. */
  private enum Work {
    WRITES,
    IS_IDLE,
    FAILS_ONCE,
  }

  /** A moment in the life of a job, told by a word in the message that the line breaks at. */
  private enum Point {
    BEFORE_RESERVING(Work.WRITES, "reserved", Moment.BEFORE_THE_SERVER_HEARS),
    BETWEEN_RESERVING_AND_START(Work.WRITES, "reserved", Moment.BEFORE_THE_ANSWER_ARRIVES),
    WHILE_WRITING(Work.WRITES, "greetings", Moment.BEFORE_THE_ANSWER_ARRIVES),
    BETWEEN_SETTLING_AND_COMMIT(Work.WRITES, "completed_at", Moment.BEFORE_THE_ANSWER_ARRIVES),
    BEFORE_COMMIT(Work.WRITES, "COMMIT", Moment.BEFORE_THE_SERVER_HEARS),
    BETWEEN_COMMIT_AND_ANSWER(Work.WRITES, "COMMIT", Moment.BEFORE_THE_ANSWER_ARRIVES),
    BETWEEN_RUN_AND_SETTLING(Work.IS_IDLE, "completed_at", Moment.BEFORE_THE_SERVER_HEARS),
    BETWEEN_SETTLING_AND_ANSWER(Work.IS_IDLE, "completed_at", Moment.BEFORE_THE_ANSWER_ARRIVES),
    BEFORE_SETTLING_A_FAILURE(Work.FAILS_ONCE, "failed_reason", Moment.BEFORE_THE_SERVER_HEARS),
    BETWEEN_FAILURE_AND_RETRY(Work.FAILS_ONCE, "failed_reason", Moment.BEFORE_THE_ANSWER_ARRIVES),
    BETWEEN_RETRY_AND_COMMIT(Work.FAILS_ONCE, "linked", Moment.BEFORE_THE_ANSWER_ARRIVES),
    BETWEEN_COMMIT_OF_RETRY_AND_ANSWER(Work.FAILS_ONCE, "COMMIT", Moment.BEFORE_THE_ANSWER_ARRIVES);

    private final Work work;
    private final String word;
    private final Moment moment;

    Point(Work work, String word, Moment moment) {
      this.work = work;
      this.word = word;
      this.moment = moment;
    }

    JobType<String> type() {
      return Workers.greeting(name());
    }
  }

  /** One worker for each point, on a line of its own that breaks there, and one job for it. */
  @Nested
  class AJob {
    private static final Duration THRESHOLD = Duration.ofMillis(600);

    private final List<CuttableServer> lines = new ArrayList<>();
    private final List<HikariDataSource> pools = new ArrayList<>();
    private final List<JobWorker> victims = new ArrayList<>();
    private final Map<Point, UUID> jobs = new EnumMap<>(Point.class);
    private final Map<Point, AtomicInteger> runs = new ConcurrentHashMap<>();

    @BeforeEach
    void haveALeader() {
      StorageSettings storage = workers.storage();
      Watch leader = new Watch();
      workers.start(
          workers
              .setup(storage.queue(storage.queue().leaderLease(Duration.ofSeconds(3))))
              .settings(QUICK.heartbeat(Duration.ofMillis(50), THRESHOLD))
              .observer(leader));
      leader.awaitElected(1);
    }

    @AfterEach
    void stop() throws InterruptedException {
      if (victims.isEmpty()) {
        return; // over a socket, where no line can be cut
      }
      Race.of(victims.size())
          .run(
              number -> {
                victims.get(number).halt();
                lines.get(number).close();
                pools.get(number).close();
                return number;
              });
    }

    @Test
    void isDoneOnceByAnotherWhereverItsWorkerDied() throws IOException {
      for (Point point : Point.values()) {
        start(point).stopAt(point.word, point.moment);
      }
      enqueueAll();
      Workers.await(() -> lines.stream().allMatch(CuttableServer::isStopped), "deaths");

      JobHandlers handlers = JobHandlers.none();
      for (Point point : Point.values()) {
        handlers = handlers(handlers, point);
      }
      workers.start(handlers);

      assertDoneOnce();
    }

    @Test
    void isDoneOnceWhereverTheConnectionBroke() throws IOException {
      for (Point point : Point.values()) {
        start(point).cutAt(point.word, point.moment);
      }

      enqueueAll();

      assertDoneOnce();
      assertThat(lines).noneMatch(CuttableServer::isDueToBeCut);
    }

    private void assertDoneOnce() {
      workers.awaitSettled();
      jobs.forEach(
          (point, job) ->
              assertThat(workers.chain(job)).as(point.name()).isInstanceOf(Completed.class));
      List<String> writing =
          Arrays.stream(Point.values())
              .filter(point -> point.work != Work.IS_IDLE)
              .map(Point::name)
              .toList();
      assertThat(workers.greetings()).containsExactlyInAnyOrderElementsOf(writing);
    }

    /** A worker that has nothing to say to the server until there is a job for it. */
    private CuttableServer start(Point point) throws IOException {
      CuttableServer line = CuttableServer.before(workers.store());
      lines.add(line);
      HikariDataSource pool = Workers.pool(unprepared(line), 5);
      pools.add(pool);
      Watch victim = new Watch();
      victims.add(
          JobWorker.start(
              workers
                  .setup(pool, line.dataSource(), workers.storage())
                  .handlers(handlers(JobHandlers.none(), point))
                  .observer(victim)));
      victim.awaitRounds(2); // the first one, and that after listening
      return line;
    }

    // A statement that the server has prepared is named in messages, and not written out.
    private static DataSource unprepared(CuttableServer line) {
      PGSimpleDataSource dataSource = (PGSimpleDataSource) line.dataSource();
      dataSource.setPrepareThreshold(0);
      return dataSource;
    }

    private JobHandlers handlers(JobHandlers others, Point point) {
      AtomicInteger runsOfPoint = runs.computeIfAbsent(point, first -> new AtomicInteger());
      return others.with(
          point.type(),
          (repo, name, job) -> {
            if (point.work != Work.IS_IDLE) {
              greet(repo, name);
            }
            if (runsOfPoint.incrementAndGet() == 1 && point.work == Work.FAILS_ONCE) {
              throw new IOException();
            }
          });
    }

    private void enqueueAll() {
      for (Point point : Point.values()) {
        jobs.put(point, workers.store().write(repo -> point.type().schedule(repo, point.name())));
      }
    }
  }

  @Nested
  class ADatabaseThatIsAway {
    @Test
    void isWaitedForAndNothingIsLostOrDoneTwice() throws IOException {
      CountDownLatch go = new CountDownLatch(1);
      try (CuttableServer line = CuttableServer.before(workers.store());
          HikariDataSource pool = Workers.pool(line.dataSource(), 5)) {
        JobWorker worker =
            workers.start(
                workers
                    .setup(pool, line.dataSource(), workers.storage())
                    .handlers(
                        JobHandlers.none()
                            .with(
                                GREET,
                                (repo, name, job) -> {
                                  greet(repo, name);
                                  go.await();
                                })));
        workers.enqueue("john");
        workers.watch().awaitStarted(1);
        line.stop();
        go.countDown();
        workers.enqueue("jim");
        workers.watch().awaitFailures(5);

        line.resume();

        workers.awaitSettled();
        assertThat(workers.greetings()).containsExactlyInAnyOrder("john", "jim");
        assertThat(workers.watch().results()).contains(Result.COMPLETED);
        assertThat(workers.jobs()).anyMatch(job -> job.stage() instanceof Completed);
        worker.close();
      }
    }
  }
}
