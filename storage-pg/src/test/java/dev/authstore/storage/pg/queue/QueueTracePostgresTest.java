package dev.authstore.storage.pg.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.queue.JobMetadata;
import dev.authstore.model.queue.QueueJobStage.Scheduled;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StorageSettings;
import dev.authstore.storage.pg.Authstore;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.MutableClock;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Which trace a job belongs to if its enqueuer does not say. */
class QueueTracePostgresTest {
  private static final Instant LATER = Instant.parse("2022-01-17T12:00:00Z");

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final Queue queue = new Queue(store);

  @Test
  void isTheOneThatTheSettingsTell() {
    UUID job = traced().call(repo -> repo.queueJobs().schedule(Queue.NAME, Queue.PAYLOAD));

    assertThat(queue.lookup(job).job().metadata()).isEqualTo(Queue.METADATA);
    assertThat(queue.lookup(job).job().payload()).isEqualTo(Queue.PAYLOAD);
  }

  @Test
  void isTheOneThatTheSettingsTellAlsoForLater() {
    UUID job =
        traced().call(repo -> repo.queueJobs().scheduleLater(Queue.NAME, Queue.PAYLOAD, LATER));

    assertThat(queue.lookup(job).job().metadata()).isEqualTo(Queue.METADATA);
    assertThat(queue.stage(job)).isEqualTo(new Scheduled(LATER));
  }

  @Test
  void isNoneByDefault() {
    UUID job = store.write(repo -> repo.queueJobs().schedule(Queue.NAME, Queue.PAYLOAD));

    assertThat(queue.lookup(job).job().metadata()).isEqualTo(JobMetadata.NONE);
  }

  private RepositoryFactory traced() {
    StorageSettings settings = store.settings();
    return Authstore.using(
            store.dataSource(),
            store.schema(),
            settings.queue(settings.queue().trace(() -> Queue.METADATA)))
        .repositories();
  }
}
