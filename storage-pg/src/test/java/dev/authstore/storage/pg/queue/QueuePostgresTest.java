package dev.authstore.storage.pg.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.authstore.model.Json;
import dev.authstore.model.queue.JobMetadata;
import dev.authstore.model.queue.LeaderLease;
import dev.authstore.model.queue.QueueJob;
import dev.authstore.model.queue.QueueJobStage;
import dev.authstore.model.queue.QueueWorker;
import dev.authstore.storage.InvalidDataException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StatementTimeoutException;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.StorageSettings;
import dev.authstore.storage.pg.Authstore;
import dev.authstore.storage.pg.CuttableServer;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.queue.QueueSettings;
import dev.authstore.testing.Backends;
import dev.authstore.testing.MutableClock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QueuePostgresTest {
  private static final String TOO_LONG_A_NUMBER = "1".repeat(1_001);

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final Queue queue = new Queue(store);

  @Nested
  class ARowThatCannotBeRead {
    @Test
    void failsAndLetsTheOthersRun() {
      UUID before = queue.job();
      UUID poison = insert(TOO_LONG_A_NUMBER, "{}");
      UUID after = queue.job();

      List<QueueJob> jobs = queue.reserve(queue.worker(), 10);

      assertThat(jobs).extracting(QueueJob::id).containsExactlyInAnyOrder(before, after);
      assertThat(
              store.select(
                  "SELECT status || ': ' || failed_reason FROM queue_jobs WHERE id = ?", poison))
          .containsExactly("failed: the stored job cannot be read");
    }

    @Test
    void failsAlsoIfItsReservationIsHeardOfLater() {
      QueueWorker worker = queue.worker();
      UUID good = queue.running(worker);
      UUID poison = insert(TOO_LONG_A_NUMBER, "{}");
      store.sql(
          "UPDATE queue_jobs SET status = 'running', started_at = now(), started_by = ? WHERE id = ?",
          worker.id(),
          poison);

      List<QueueJob> jobs = store.write(repo -> repo.queueJobs().findRunning(worker));

      assertThat(jobs).extracting(QueueJob::id).containsExactly(good);
      assertThat(store.select("SELECT status FROM queue_jobs WHERE id = ?", poison))
          .containsExactly("failed");
    }

    @Test
    void isNamedByALookUp() {
      UUID poison = insert(TOO_LONG_A_NUMBER, "{}");

      var failure =
          catchThrowableOfType(
              InvalidDataException.class,
              () -> store.read(repo -> repo.queueJobs().lookup(poison)));

      assertThat(failure.table()).isEqualTo("queue_jobs");
      assertThat(failure.column()).isEqualTo("payload");
      assertThat(failure.id()).contains(poison);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "{\"trace_id\": 1}", "{\"trace_flags\": 1e1200}"})
    void runsWithoutATraceIfOnlyThatIsUnreadable(String metadata) {
      store.sql("ALTER TABLE queue_jobs DROP CONSTRAINT queue_jobs_metadata_check");
      UUID job = insert("{}", metadata);

      List<QueueJob> jobs = queue.reserve(queue.worker(), 10);

      assertThat(jobs)
          .containsExactly(new QueueJob(job, Queue.NAME, Json.parse("{}"), JobMetadata.NONE, 0));
    }

    @Test
    void failsIfItsAttemptIsNegative() {
      store.sql("ALTER TABLE queue_jobs DROP CONSTRAINT queue_jobs_attempt_check");
      UUID good = queue.job();
      UUID bad = insert("{}", "{}");
      store.sql("UPDATE queue_jobs SET attempt = -1 WHERE id = ?", bad);

      List<QueueJob> jobs = queue.reserve(queue.worker(), 10);

      assertThat(jobs).extracting(QueueJob::id).containsExactly(good);
      assertThat(store.select("SELECT status FROM queue_jobs WHERE id = ?", bad))
          .containsExactly("failed");
    }

    private UUID insert(String payload, String metadata) {
      UUID id = new UUID(store.clock().instant().toEpochMilli() << 16 | 0x7fff, payload.length());
      store.sql(
          """
          INSERT INTO queue_jobs (id, status, queue_name, payload, metadata, attempt, created_at)
          VALUES (?, 'available', 'mail', ?::jsonb, ?::jsonb, 0, now())
          """,
          id,
          payload,
          metadata);
      return id;
    }
  }

  @Nested
  class TheSchema {
    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "available | failed_at = now()",
          "running | started_at = now(), started_by = gen_random_uuid(), failed_at = now()",
          "completed | started_at = now(), completed_at = now(), next_attempt_id = gen_random_uuid()",
          "scheduled | scheduled_at = NULL",
          "available | started_at = now()",
          "available | completed_at = now()",
          "available | next_attempt_id = gen_random_uuid()",
          "running | started_by = NULL, started_at = now()",
          "running | started_at = NULL",
          "completed | started_at = now()",
          "completed | started_at = now(), completed_at = now(), failed_reason = ''",
          "failed | started_at = now(), failed_at = now()",
          "failed | started_at = now(), failed_reason = ''",
          "lost | started_at = now(), failed_at = now(), failed_reason = '', completed_at = now()",
          "unknown | started_at = NULL",
        })
    void refusesAStageThatContradictsItself(String status, String change) {
      UUID job = queue.job();

      assertThatThrownBy(
              () ->
                  store.sql(
                      "UPDATE queue_jobs SET status = ?, %s WHERE id = ?".formatted(change),
                      status,
                      job))
          .hasMessageContaining("queue_jobs_stage_check");
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "attempt = -1 | queue_jobs_attempt_check",
          "queue_name = ' ' | queue_jobs_queue_name_check",
          "queue_name = repeat('x', 201) | queue_jobs_queue_name_check",
          "metadata = '[]' | queue_jobs_metadata_check",
          "metadata = '{\"trace_id\": 1}' | queue_jobs_metadata_check",
          "metadata = '{\"span_id\": 1}' | queue_jobs_metadata_check",
          "metadata = '{\"trace_flags\": \"1\"}' | queue_jobs_metadata_check",
        })
    void refusesWhatCannotBe(String change, String constraint) {
      queue.job();

      assertThatThrownBy(() -> store.sql("UPDATE queue_jobs SET " + change))
          .hasMessageContaining(constraint);
    }

    @Test
    void refusesAJobThatIsItsOwnNextAttempt() {
      queue.failed();

      assertThatThrownBy(() -> store.sql("UPDATE queue_jobs SET next_attempt_id = id"))
          .hasMessageContaining("queue_jobs_next_attempt_id_check");
    }

    @Test
    void refusesAJobThatIsTheNextAttemptOfTwo() {
      UUID next = queue.retry(queue.failed());
      UUID other = queue.failed();

      assertThatThrownBy(
              () ->
                  store.sql("UPDATE queue_jobs SET next_attempt_id = ? WHERE id = ?", next, other))
          .hasMessageContaining("queue_jobs_next_attempt_id_key");
    }

    @Test
    void holdsOneLeaseAtMost() {
      QueueWorker first = queue.worker();
      QueueWorker second = queue.worker();
      String insert =
          "INSERT INTO queue_leader (active, worker_id, elected_at, expires_at) VALUES (%s, ?, now(), now())";
      store.sql(insert.formatted("true"), first.id());

      assertThatThrownBy(() -> store.sql(insert.formatted("true"), second.id()))
          .hasMessageContaining("queue_leader_pk");
      assertThatThrownBy(() -> store.sql(insert.formatted("false"), second.id()))
          .hasMessageContaining("queue_leader_active_check");
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "name = ' ' | queue_schedules_name_check",
          "name = repeat('x', 201) | queue_schedules_name_check",
          "last_scheduled_at = NULL | queue_schedules_last_scheduled_at_check",
        })
    void refusesAScheduleThatCannotBe(String change, String constraint) {
      store.run(repo -> repo.queueSchedules().setup(List.of("nightly")));
      queue.occurrence("nightly");

      assertThatThrownBy(() -> store.sql("UPDATE queue_schedules SET " + change))
          .hasMessageContaining(constraint);
    }

    @Test
    void holdsOneUnfinishedJobOfAScheduleAtMost() {
      store.run(repo -> repo.queueSchedules().setup(List.of("nightly")));
      queue.occurrence("nightly");
      UUID other = queue.job();

      assertThatThrownBy(
              () ->
                  store.sql("UPDATE queue_jobs SET schedule_name = 'nightly' WHERE id = ?", other))
          .hasMessageContaining("queue_jobs_pending_key");
    }
  }

  @Nested
  class ALostConnection {
    @Test
    void givesTheReservationBack() {
      QueueWorker worker = queue.worker();
      UUID job = queue.job();
      Store.Held<List<QueueJob>> held =
          store.hold(repo -> repo.queueJobs().reserve(worker, List.of(Queue.NAME), 1));

      Backends.terminateOthers(store.dataSource());

      assertThat(queue.stage(job)).isEqualTo(new QueueJobStage.Available());
      held.cancel();
    }

    @Test
    void freesTheLockOfALeader() {
      QueueWorker worker = leader(store.repositories());
      Store.Held<Optional<LeaderLease>> duties =
          store.hold(repo -> repo.queueWorkers().tryBeginDuties(worker));
      assertThat(duties.result()).isPresent();

      Backends.terminateOthers(store.dataSource());

      Store.Held<Optional<LeaderLease>> again =
          store.hold(repo -> repo.queueWorkers().tryBeginDuties(worker));
      assertThat(again.result()).isPresent();
      again.save();
      duties.cancel();
    }
  }

  @Nested
  class ALeaderThatStalls {
    @Test
    void isPutOutByTheServer() {
      CuttableServer.assumeLine(store); // over a socket its reason is not read
      StorageSettings settings = store.settings();
      RepositoryFactory hasty =
          Authstore.using(
                  store.dataSource(),
                  store.schema(),
                  settings.queue(settings.queue().leaderLease(Duration.ofMillis(20))))
              .repositories();
      QueueWorker worker = leader(hasty);
      var repo = hasty.begin();
      assertThat(repo.queueWorkers().tryBeginDuties(worker)).isPresent();

      awaitNoLock();

      var failure =
          catchThrowableOfType(
              StorageException.class, () -> repo.queueJobs().scheduleAvailableJobs());
      assertThat(failure).isInstanceOf(StatementTimeoutException.class);
      repo.cancel();
    }

    private void awaitNoLock() {
      List<String> locks = List.of("unknown");
      while (!locks.isEmpty()) {
        locks = store.select("SELECT pid FROM pg_locks WHERE locktype = 'advisory'");
      }
    }
  }

  @Nested
  class TheTimeOfTheDatabase {
    private RepositoryFactory repositories() {
      StorageSettings settings = store.settings();
      return Authstore.using(
              store.dataSource(),
              store.schema(),
              settings.queue(settings.queue().time(QueueSettings.Time.DATABASE)))
          .repositories();
    }

    @Test
    void decidesWhoIsDead() {
      RepositoryFactory repositories = repositories();
      QueueWorker worker = repositories.call(repo -> repo.queueWorkers().register());
      store.clock().advance(Duration.ofDays(365)); // a process with a wild clock

      repositories.run(repo -> repo.queueWorkers().shutdownDeadWorkers(Duration.ofMinutes(1)));

      assertThat(queue.details(worker).isAlive()).isTrue();
    }

    @Test
    void decidesWhatIsDue() {
      RepositoryFactory repositories = repositories();
      Instant future = Instant.parse("9000-01-01T00:00:00Z");
      repositories.run(
          repo -> {
            repo.queueJobs()
                .scheduleLater("due", Json.NULL, JobMetadata.NONE, Instant.EPOCH, Optional.empty());
            repo.queueJobs()
                .scheduleLater("later", Json.NULL, JobMetadata.NONE, future, Optional.empty());
          });
      store.clock().set(Instant.parse("9500-01-01T00:00:00Z"));

      int count = repositories.call(repo -> repo.queueJobs().scheduleAvailableJobs());

      assertThat(count).isOne();
    }

    @Test
    void decidesWhenALeaseEnds() {
      RepositoryFactory repositories = repositories();
      QueueWorker leader = leader(repositories);
      QueueWorker other = repositories.call(repo -> repo.queueWorkers().register());
      store.clock().advance(Duration.ofDays(365));

      boolean taken = repositories.call(repo -> repo.queueWorkers().tryGetLeaderLease(other));
      assertThat(taken).isFalse();

      store.sql("UPDATE queue_leader SET expires_at = statement_timestamp()");
      boolean expired = repositories.call(repo -> repo.queueWorkers().tryGetLeaderLease(other));
      assertThat(expired).isTrue();
      assertThat(repositories.<Optional<LeaderLease>>read(repo -> repo.queueWorkers().leader()))
          .map(LeaderLease::workerId)
          .contains(other.id())
          .isNotEqualTo(Optional.of(leader.id()));
    }

    @Test
    void isThatOfTheStatementNotOfTheTransaction() {
      RepositoryFactory repositories = repositories();
      List<Instant> ends =
          repositories.call(
              repo -> {
                QueueWorker worker = repo.queueWorkers().register();
                repo.queueWorkers().tryGetLeaderLease(worker);
                Instant first = repo.queueWorkers().leader().orElseThrow().expiresAt();
                repo.queueWorkers().tryGetLeaderLease(worker);
                return List.of(first, repo.queueWorkers().leader().orElseThrow().expiresAt());
              });

      assertThat(ends.get(1)).isAfter(ends.get(0));
    }
  }

  /** What serves the hot statements among many rows that have ended and many that wait. */
  @Nested
  class Plans {
    @BeforeEach
    void fill() {
      store.sql(
          """
          INSERT INTO queue_jobs (id, status, queue_name, payload, metadata, attempt, created_at,
            scheduled_at, started_at, started_by, completed_at)
          SELECT lpad(to_hex(i), 32, '0')::uuid, CASE i % 2 WHEN 0 THEN 'completed' ELSE 'scheduled' END,
            'mail', '{}', '{}', 0, now(), now() + interval '1 day' * i,
            CASE i % 2 WHEN 0 THEN now() END, CASE i % 2 WHEN 0 THEN ?::uuid END,
            CASE i % 2 WHEN 0 THEN now() END
          FROM generate_series(1, 100000) i
          """,
          queue.stoppedWorker().id());
      store.sql("ANALYZE queue_jobs");
    }

    @Test
    void readOnlyRowsThatMatter() {
      QueueWorker worker = queue.worker();
      String reserve =
          sqlOf(repo -> repo.queueJobs().reserve(worker, List.of(Queue.NAME, "sync"), 5));
      String promote = sqlOf(repo -> repo.queueJobs().scheduleAvailableJobs());
      String cleanup =
          sqlOf(repo -> repo.queueJobs().cleanup(Optional.empty(), new UUID(0, 0), 1000));
      String sweep =
          sqlOf(repo -> repo.queueWorkers().shutdownDeadWorkers(Duration.ofMinutes(1)), 1);

      String plans =
          String.join(
              "\n",
              List.of(
                  plan(reserve, worker.id(), new String[] {"mail"}, 5, null, worker.id()),
                  plan(promote, null, 1000, true),
                  plan(cleanup, new UUID(0, 0), new UUID(0, 9), 1000),
                  plan(sweep)));

      assertThat(plans)
          .contains(
              "queue_jobs_available_idx",
              "queue_jobs_due_idx",
              "queue_jobs_finished_idx",
              "queue_jobs_running_idx")
          .doesNotContain("Seq Scan on queue_jobs");
    }

    private String plan(String sql, @Nullable Object... values) {
      return String.join("\n", store.select("EXPLAIN " + sql, values));
    }

    private String sqlOf(Consumer<RepositoryAccess> operation) {
      return sqlOf(operation, 0);
    }

    private String sqlOf(Consumer<RepositoryAccess> operation, int number) {
      store.statements();
      store.run(operation);
      return store.statements().get(number).sql();
    }
  }

  private static QueueWorker leader(RepositoryFactory repositories) {
    QueueWorker worker = repositories.call(repo -> repo.queueWorkers().register());
    boolean leads = repositories.call(repo -> repo.queueWorkers().tryGetLeaderLease(worker));
    assertThat(leads).isTrue();
    return worker;
  }
}
