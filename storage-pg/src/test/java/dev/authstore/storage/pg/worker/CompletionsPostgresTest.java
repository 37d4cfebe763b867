package dev.authstore.storage.pg.worker;

import static dev.authstore.storage.pg.worker.Workers.GREET;
import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.queue.QueueJob;
import dev.authstore.model.queue.QueueJobStage.Completed;
import dev.authstore.model.queue.QueueJobStage.Lost;
import dev.authstore.model.queue.QueueJobStage.Running;
import dev.authstore.model.queue.QueueWorker;
import dev.authstore.storage.StorageSettings;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.pg.worker.WorkerObserver.Result;
import dev.authstore.testing.Backends;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How jobs are settled that have written nothing. */
class CompletionsPostgresTest {
  private static final Duration TOOK = Duration.ofMillis(3);

  @RegisterExtension final Workers workers = new Workers();

  private final List<String> settlements = new CopyOnWriteArrayList<>();
  private final Stop stop = new Stop();
  private final Slots slots = new Slots(JobHandlers.none(), 10);
  private Thread thread = new Thread();

  @AfterEach
  void end() throws InterruptedException {
    stop.request();
    thread.interrupt();
    thread.join();
  }

  @Test
  void settleWhatHasEndedMeanwhileWithOneStatement() throws InterruptedException {
    List<QueueJob> jobs = running(5);
    Completions completions = completions(workers.after(this::note));
    jobs.forEach(job -> completions.add(job, TOOK));

    start(completions);

    workers.watch().awaitEnded(5);
    assertThat(workers.watch().results()).hasSize(5).containsOnly(Result.COMPLETED);
    assertThat(workers.watch().elapsed()).containsOnly(TOOK);
    assertThat(settlements).hasSize(1);
    assertThat(jobs).allMatch(job -> workers.stage(job.id()) instanceof Completed);
    assertThat(slots.awaitEmpty(Duration.ofSeconds(30))).isTrue();
  }

  @Test
  void loseNoneBecauseOfOneThatWasTakenAway() {
    List<QueueJob> jobs = running(2);
    QueueWorker dead = workers.store().write(repo -> repo.queueWorkers().register());
    QueueJob lost = running(dead, 1).get(0);
    workers.store().run(repo -> repo.queueWorkers().shutdown(dead));
    Completions completions = completions(workers.after(this::note));
    for (QueueJob job : List.of(jobs.get(0), lost, jobs.get(1))) {
      completions.add(job, TOOK);
    }

    start(completions);

    workers.watch().awaitEnded(3);
    assertThat(workers.watch().results())
        .containsExactly(Result.COMPLETED, Result.FENCED, Result.COMPLETED);
    assertThat(settlements).hasSize(1);
    assertThat(jobs).allMatch(job -> workers.stage(job.id()) instanceof Completed);
    assertThat(workers.stage(lost.id())).isInstanceOf(Lost.class);
  }

  @Test
  void areTriedAgainIfTheConnectionBreaks() {
    QueueJob job = running(1).get(0);
    Store.Held<Boolean> holding =
        workers
            .store()
            .hold(
                repo -> {
                  repo.queueJobs().markAsCompleted(job.id());
                  return true;
                });
    Completions completions = completions(workers.storage());
    completions.add(job, TOOK);
    start(completions);
    workers.store().awaitBlocked(1);

    Backends.terminateBlocked(workers.store().dataSource());
    workers.watch().awaitFailures(1);
    holding.cancel();

    workers.watch().awaitEnded(1);
    assertThat(workers.watch().results()).containsExactly(Result.COMPLETED);
    assertThat(workers.stage(job.id())).isInstanceOf(Completed.class);
  }

  @Test
  void areTriedAgainIfTheAnswerGetsLost() {
    List<QueueJob> jobs = running(2);
    AtomicBoolean lost = new AtomicBoolean();
    Completions completions =
        completions(
            workers.after(
                operation -> {
                  note(operation);
                  if (isSettlement(operation) && !lost.getAndSet(true)) {
                    throw new IllegalStateException("the answer got lost");
                  }
                }));
    jobs.forEach(job -> completions.add(job, TOOK));

    start(completions);

    workers.watch().awaitEnded(2);
    assertThat(workers.watch().results()).containsExactly(Result.COMPLETED, Result.COMPLETED);
    assertThat(settlements).hasSize(2);
  }

  @Test
  void tellWhatIsLeftWhenTheyEnd() {
    List<QueueJob> jobs = running(2);
    Completions completions = completions(workers.storage());
    completions.add(jobs.get(0), TOOK);
    stop.request();

    completions.run();
    completions.add(jobs.get(1), TOOK); // of a handler that took no notice of the end

    assertThat(workers.watch().results()).containsExactly(Result.LEFT, Result.LEFT);
    assertThat(jobs).allMatch(job -> workers.stage(job.id()) instanceof Running);
  }

  private void note(String operation) {
    if (isSettlement(operation)) {
      settlements.add(operation);
    }
  }

  private static boolean isSettlement(String operation) {
    return operation.equals("queue_job.mark_all_as_completed");
  }

  private Completions completions(StorageSettings storage) {
    return new Completions(workers.setup(storage), slots, stop, failure -> {});
  }

  private void start(Completions completions) {
    thread = new Thread(completions);
    thread.start();
  }

  private List<QueueJob> running(int count) {
    return running(workers.store().write(repo -> repo.queueWorkers().register()), count);
  }

  /** Jobs that a worker has begun. */
  private List<QueueJob> running(QueueWorker worker, int count) {
    List<QueueJob> jobs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      workers.enqueue("john");
    }
    workers
        .store()
        .run(
            repo ->
                jobs.addAll(repo.queueJobs().reserve(worker, List.of(GREET.queueName()), count)));
    for (QueueJob job : jobs) {
      slots.take(job);
      slots.vacate(job);
      workers.watch().started(job);
    }
    return jobs;
  }
}
