package dev.authstore.storage.pg;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.queue.QueueWorker;
import dev.authstore.storage.RepositoryAccess;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the queue's work costs when the statistics know nothing of the jobs that are there. */
class QueuePlansPostgresTest {
  private static final int WAITING = 20_000;
  private static final int TAKEN = 10;
  private static final int PAGES_OF_A_JOB = 30; // in the table and its indexes, with its change

  @RegisterExtension final Store store = Store.fresh();

  @SuppressWarnings("NullAway.Init") // set before each test
  private QueueWorker worker;

  @SuppressWarnings("NullAway.Init") // set before each test
  private Plans plans;

  private enum Statistics {
    NONE,
    OF_AN_EMPTY_QUEUE,
  }

  @BeforeEach
  void registerAWorker() {
    worker = store.write(repo -> repo.queueWorkers().register());
    plans = new Plans(store);
  }

  @ParameterizedTest
  @EnumSource
  void aReservationReadsNoMoreThanItTakes(Statistics statistics) {
    prepare(statistics);
    insertWaiting();

    long pages = pages(repo -> repo.queueJobs().reserve(worker, List.of("mail", "other"), TAKEN));

    assertThat(pages).isLessThanOrEqualTo(TAKEN * PAGES_OF_A_JOB);
  }

  private void prepare(Statistics statistics) {
    if (statistics == Statistics.OF_AN_EMPTY_QUEUE) {
      store.sql(
          """
          INSERT INTO queue_jobs
            (id, status, queue_name, payload, metadata, attempt, created_at, started_at, completed_at)
          SELECT ('00000000-0000-0000-0001-' || lpad(to_hex(n), 12, '0'))::uuid, 'completed',
            'mail', 'null', '{}', 0, now(), now(), now()
          FROM generate_series(1, 20000) n
          """);
      store.sql("ANALYZE queue_jobs");
    }
  }

  private void insertWaiting() {
    store.sql(
        """
        INSERT INTO queue_jobs (id, status, queue_name, payload, metadata, attempt, created_at)
        SELECT ('00000000-0000-0001-0000-' || lpad(to_hex(n), 12, '0'))::uuid, 'available',
          'mail', 'null', '{}', 0, now()
        FROM generate_series(1, %d) n
        """
            .formatted(WAITING));
  }

  private long pages(Consumer<? super RepositoryAccess> work) {
    return plans.measured(work).stream().mapToLong(Plans.Plan::buffers).sum();
  }
}
