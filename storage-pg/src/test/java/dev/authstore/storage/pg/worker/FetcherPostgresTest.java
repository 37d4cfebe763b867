package dev.authstore.storage.pg.worker;

import static dev.authstore.storage.pg.worker.Workers.QUICK;
import static dev.authstore.storage.pg.worker.Workers.greeting;
import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.queue.QueueJob;
import dev.authstore.storage.StorageSettings;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a worker does about reservations whose answer got lost. */
class FetcherPostgresTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @RegisterExtension final Workers workers = new Workers();

  private final BlockingQueue<QueueJob> begun = new LinkedBlockingQueue<>();
  private final Slots slots = new Slots(greeting(), 10);
  private Thread thread = new Thread();
  private Runnable stopping = () -> {};

  @AfterEach
  void stop() throws InterruptedException {
    stopping.run();
    thread.join();
  }

  @Test
  void findsWhatItReservedWithoutHearingSo() throws InterruptedException {
    AtomicBoolean lost = new AtomicBoolean();
    start(
        workers.after(
            operation -> {
              if (operation.equals("queue_job.reserve") && !lost.getAndSet(true)) {
                throw new IllegalStateException("the answer got lost");
              }
            }),
        Duration.ofHours(1));

    UUID job = workers.enqueue("john");

    assertThat(next().id()).isEqualTo(job);
  }

  @Test
  void doesNotBeginAgainWhatItFindsRunning() throws InterruptedException {
    BlockingQueue<String> searches = new LinkedBlockingQueue<>();
    start(
        workers.after(
            operation -> {
              if (operation.equals("queue_job.find_running")) {
                searches.add(operation);
              }
            }),
        Duration.ofMillis(1));
    UUID job = workers.enqueue("john");
    assertThat(next().id()).isEqualTo(job);
    searches.clear();

    searches.take();
    searches.take(); // so the first one has come to its end

    assertThat(begun).isEmpty();
  }

  @Test
  void doesNotTakeForAStrangerWhatEndsWhileItLooks() throws InterruptedException {
    BlockingQueue<String> searches = new LinkedBlockingQueue<>();
    AtomicBoolean ended = new AtomicBoolean();
    start(
        workers.after(
            operation -> {
              if (operation.equals("queue_job.find_running")) {
                QueueJob running = begun.peek();
                if (running != null && !ended.getAndSet(true)) {
                  end(running); // the answer, which says that it runs, is still to be worked on
                }
                searches.add(operation);
              }
            }),
        Duration.ofMillis(1));
    UUID job = workers.enqueue("john");

    while (!ended.get()) {
      searches.take();
    }
    searches.take();
    searches.take();

    assertThat(begun).extracting(QueueJob::id).containsExactly(job);
  }

  private void start(StorageSettings storage, Duration betweenSearches) {
    WorkerSetup setup =
        workers
            .setup(storage)
            .handlers(greeting())
            .settings(
                QUICK
                    .fetching(Duration.ofMillis(5), Duration.ZERO, Duration.ZERO)
                    .heartbeat(betweenSearches, Duration.ofDays(1)));
    Fetcher fetcher =
        new Fetcher(setup, Identity.register(setup), slots, new Bell(), begun::add, failure -> {});
    stopping = fetcher::stop;
    thread = new Thread(fetcher);
    thread.start();
  }

  private QueueJob next() throws InterruptedException {
    QueueJob job = begun.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    if (job == null) {
      throw new AssertionError("no job has begun");
    }
    return job;
  }

  private void end(QueueJob job) {
    workers.store().run(repo -> repo.queueJobs().markAsCompleted(job.id()));
    slots.vacate(job);
    slots.forget(job);
  }
}
