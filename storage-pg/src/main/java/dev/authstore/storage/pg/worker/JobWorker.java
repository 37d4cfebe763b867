package dev.authstore.storage.pg.worker;

import dev.authstore.model.queue.QueueJob;
import dev.authstore.model.queue.QueueWorker;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.pg.worker.WorkerObserver.WakeUp;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the jobs of some queues until it is closed, and leads while no other worker does. Survives
 * the loss of its connections and of the database: whatever fails is tried again, unless somebody
 * has to do something first. If the database lacks what the worker needs, or refuses it, or if an
 * {@link Error} has ended one of its threads, the worker says so ({@link WorkerObserver#gaveUp})
 * and closes itself.
 */
public final class JobWorker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger("authstore.queue");
  private static final Duration THREAD_PATIENCE = Duration.ofSeconds(10);
  private static final int GOODBYES = 3;
  private static final int LEAST_CONNECTIONS = 2;

  /** What the worker needs beside those of its jobs: to look, to settle, and to live. */
  private static final int OWN_CONNECTIONS = 3;

  private final WorkerSetup setup;
  private final Identity identity;
  private final Slots slots;
  private final Bell bell = new Bell();
  private final Bell pulseBell = new Bell();
  private final ExecutorService jobs;
  private final Stop halt = new Stop();
  private final Deadlines deadlines = new Deadlines(task -> thread(task, "deadlines"));
  private final JobExecution execution;
  private final Fetcher fetcher;
  private final Pulse pulse;
  private final Listener listener;
  private final List<Thread> threads;
  private final AtomicBoolean closing = new AtomicBoolean();
  private boolean closed;

  private JobWorker(WorkerSetup setup, Identity identity) {
    this.setup = setup;
    this.identity = identity;
    this.slots = new Slots(setup.handlers(), setup.settings().concurrency());
    this.jobs =
        Executors.newFixedThreadPool(setup.settings().concurrency(), task -> thread(task, "job"));
    Completions completions = new Completions(setup, slots, halt, this::giveUp);
    this.execution = new JobExecution(setup, completions, deadlines, halt, this::giveUp);
    this.fetcher = new Fetcher(setup, identity, slots, bell, this::begin, this::giveUp);
    this.pulse = new Pulse(setup, identity, pulseBell, this::giveUp);
    this.listener = new Listener(setup, bell, pulseBell);
    this.threads =
        List.of(
            vital(completions, "completions"),
            vital(listener, "listener"),
            vital(pulse, "pulse"),
            vital(fetcher, "fetcher"));
  }

  /**
   * Registers a worker and starts it.
   *
   * @throws IllegalArgumentException if its pool has less than two connections
   * @throws StorageException if the database cannot be used
   */
  public static JobWorker start(WorkerSetup setup) {
    setup.poolSize().ifPresent(size -> judge(size, setup.settings().concurrency()));
    setup
        .repositories()
        .run(
            repo ->
                repo.queueSchedules()
                    .setup(setup.schedules().stream().map(JobSchedule::name).toList()));
    JobWorker worker = new JobWorker(setup, Identity.register(setup));
    worker.threads.forEach(Thread::start);
    return worker;
  }

  /** By what name it is registered at present. */
  public QueueWorker identity() {
    return identity.current();
  }

  /** Whether it works: it has neither been closed nor given up. For the health of the process. */
  public boolean isRunning() {
    return !closing.get();
  }

  /**
   * Stops: takes no more jobs, gives the lead to another worker, waits for the jobs that run and
   * then interrupts them, and hands back what still has not ended. Gives signs of life until then.
   * Does nothing if it has stopped, and waits if it is stopping.
   */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    closing.set(true);
    pulse.leave();
    fetcher.stop();
    try {
      join("fetcher");
      if (!slots.awaitEmpty(setup.settings().grace())) {
        LOG.warn("jobs still run after {}, they are interrupted", setup.settings().grace());
        jobs.shutdownNow();
        jobs.awaitTermination(
            setup.settings().grace().dividedBy(2).toMillis(), TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      halt.request();
      jobs.shutdownNow();
      stopThreads();
      sayGoodbye();
    }
  }

  /** Stops at once and says nothing, as a process that dies. */
  void halt() {
    halt.request();
    fetcher.stop();
    jobs.shutdownNow();
    stopThreads();
  }

  // Tells and closes on a thread of its own, since closing waits for the one that has failed.
  private void giveUp(Throwable failure) {
    if (closing.compareAndSet(false, true)) {
      pulse.leave();
      fetcher.stop();
      LOG.error("worker {} gives up, trying again cannot help", identity.current().id(), failure);
      thread(() -> end(failure), "end").start();
    }
  }

  private void end(Throwable failure) {
    try {
      setup.observer().gaveUp(failure);
    } finally {
      close();
    }
  }

  // With one connection, a job that has it would keep the worker from giving signs of life.
  private static void judge(int poolSize, int concurrency) {
    if (poolSize < LEAST_CONNECTIONS) {
      throw new IllegalArgumentException("a worker needs a pool of two connections or more");
    }
    if (poolSize < concurrency + OWN_CONNECTIONS) {
      LOG.warn(
          "jobs may have to wait for connections, and the worker too [pool={}, needed={}]",
          poolSize,
          concurrency + OWN_CONNECTIONS);
    }
  }

  private void begin(QueueJob job) {
    jobs.execute(
        () -> {
          boolean settled = true;
          try {
            settled = execution.run(job);
          } finally {
            slots.vacate(job);
            if (settled) {
              slots.forget(job);
            }
            if (slots.hasRoom()) {
              bell.ring(WakeUp.TASK);
            }
          }
        });
  }

  private void stopThreads() {
    pulse.stop();
    try {
      listener.stop();
    } catch (SQLException e) {
      LOG.debug("listener could not be stopped", e);
    }
    threads.forEach(Thread::interrupt);
    try {
      for (Thread thread : threads) {
        thread.join(THREAD_PATIENCE.toMillis());
      }
      jobs.awaitTermination(THREAD_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    deadlines.stop();
  }

  private void join(String name) throws InterruptedException {
    for (Thread thread : threads) {
      if (thread.getName().endsWith(name)) {
        thread.join(THREAD_PATIENCE.toMillis());
      }
    }
  }

  // If nobody hears it, the leader will find out.
  private void sayGoodbye() {
    QueueWorker worker = identity.current();
    for (int i = 0; i < GOODBYES; i++) {
      try {
        setup.repositories().run(repo -> repo.queueWorkers().shutdown(worker));
        LOG.info("worker {} has stopped", worker.id());
        return;
      } catch (StorageException e) {
        LOG.warn("worker {} cannot say goodbye", worker.id(), e);
      }
    }
  }

  // A worker that still gave signs of life but no longer looked for jobs would keep them for ever.
  private Thread vital(Runnable task, String role) {
    Thread thread = thread(task, role);
    thread.setUncaughtExceptionHandler((ended, failure) -> giveUp(failure));
    return thread;
  }

  private static Thread thread(Runnable task, String role) {
    Thread thread = new Thread(task, "authstore-queue-" + role);
    thread.setDaemon(true);
    return thread;
  }
}
