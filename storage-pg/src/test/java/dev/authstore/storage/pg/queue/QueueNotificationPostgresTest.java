package dev.authstore.storage.pg.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Json;
import dev.authstore.model.queue.JobMetadata;
import dev.authstore.model.queue.QueueWorker;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StorageSettings;
import dev.authstore.storage.pg.Authstore;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.queue.NewJob;
import dev.authstore.testing.MutableClock;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class QueueNotificationPostgresTest {
  private static final String MAIL = "queue_available {\"queue\" : \"mail\"}";
  private static final String SYNC = "queue_available {\"queue\" : \"sync\"}";
  private static final String STEP_DOWN = "queue_leader_stepdown";

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final Queue queue = new Queue(store);

  @SuppressWarnings("NullAway.Init") // set before each test
  private Listening listening;

  @BeforeEach
  void listen() throws SQLException {
    listening = Listening.to(store);
  }

  @AfterEach
  void stopListening() throws SQLException {
    listening.close();
  }

  @Nested
  class OfAvailableJobs {
    @Test
    void comesOncePerQueueAndUnitOfWork() throws SQLException {
      store.run(
          repo -> {
            repo.queueJobs().schedule("mail", Json.NULL, JobMetadata.NONE);
            repo.queueJobs().schedule("sync", Json.NULL, JobMetadata.NONE);
            repo.queueJobs().schedule("mail", Json.NULL, JobMetadata.NONE);
          });

      assertThat(listening.heard()).containsExactlyInAnyOrder(MAIL, SYNC);
    }

    @Test
    void comesOncePerQueueOfABatch() throws SQLException {
      NewJob mail = new NewJob("mail", Json.NULL, JobMetadata.NONE);
      NewJob sync = new NewJob("sync", Json.NULL, JobMetadata.NONE);

      store.run(repo -> repo.queueJobs().scheduleBatch(List.of(mail, sync, mail)));

      assertThat(listening.heard()).containsExactlyInAnyOrder(MAIL, SYNC);
    }

    @Test
    void doesNotComeIfTheUnitOfWorkIsCancelled() throws SQLException {
      Store.Held<UUID> held =
          store.hold(repo -> repo.queueJobs().schedule("mail", Json.NULL, JobMetadata.NONE));

      held.cancel();

      assertThat(listening.heard()).isEmpty();
    }

    @Test
    void comesWhenAJobIsDueAndNotBefore() throws SQLException {
      queue.later();
      queue.later();
      assertThat(listening.heard()).isEmpty();
      store.clock().advance(Duration.ofMinutes(1));

      store.<Integer>write(repo -> repo.queueJobs().scheduleAvailableJobs());

      assertThat(listening.heard()).containsExactly(MAIL);
    }

    @Test
    void neitherComesForAReservationNorForItsSettlement() throws SQLException {
      QueueWorker worker = queue.worker();
      UUID job = queue.running(worker);
      listening.heard();

      store.run(repo -> repo.queueJobs().markAsFailed(job, "reason"));
      queue.retry(job);

      assertThat(listening.heard()).isEmpty();
    }

    @Test
    void canBeTurnedOff() throws SQLException {
      StorageSettings settings = store.settings();
      RepositoryFactory quiet =
          Authstore.using(
                  store.dataSource(),
                  store.schema(),
                  settings.queue(settings.queue().notifications(false)))
              .repositories();

      quiet.run(repo -> repo.queueJobs().schedule("mail", Json.NULL, JobMetadata.NONE));

      assertThat(listening.heard()).isEmpty();
      assertThat(queue.all()).hasSize(1);
    }

    @Test
    void survivesTheLongestName() throws SQLException {
      String name = "\"".repeat(200);

      queue.job(name);

      assertThat(listening.heard())
          .containsExactly("queue_available {\"queue\" : \"" + "\\\"".repeat(200) + "\"}");
    }
  }

  @Nested
  class OfTheLeader {
    @Test
    void comesWhenItStops() throws SQLException {
      QueueWorker leader = leader();

      store.run(repo -> repo.queueWorkers().shutdown(leader));

      assertThat(listening.heard()).containsExactly(STEP_DOWN);
    }

    @Test
    void doesNotComeWhenAnotherWorkerStops() throws SQLException {
      leader();
      QueueWorker other = queue.worker();

      store.run(repo -> repo.queueWorkers().shutdown(other));

      assertThat(listening.heard()).isEmpty();
    }

    @Test
    void doesNotComeIfTheUnitOfWorkIsCancelled() throws SQLException {
      QueueWorker leader = leader();
      Store.Held<QueueWorker> held =
          store.hold(
              repo -> {
                repo.queueWorkers().shutdown(leader);
                return leader;
              });

      held.cancel();

      assertThat(listening.heard()).isEmpty();
    }

    @Test
    void comesWhenItResigns() throws SQLException {
      QueueWorker leader = leader();

      store.<Boolean>write(repo -> repo.queueWorkers().resign(leader));

      assertThat(listening.heard()).containsExactly(STEP_DOWN);
    }

    @Test
    void comesWhenItsLeaseIsRemoved() throws SQLException {
      leader();
      store.clock().advance(Duration.ofSeconds(5));

      store.<Boolean>write(repo -> repo.queueWorkers().removeLeaderLeaseIfExpired());
      store.<Boolean>write(repo -> repo.queueWorkers().removeLeaderLeaseIfExpired());

      assertThat(listening.heard()).containsExactly(STEP_DOWN);
    }

    private QueueWorker leader() {
      QueueWorker worker = queue.worker();
      boolean leads = store.write(repo -> repo.queueWorkers().tryGetLeaderLease(worker));
      assertThat(leads).isTrue();
      return worker;
    }
  }
}
