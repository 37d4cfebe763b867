package dev.authstore.storage.pg.worker;

import dev.authstore.model.queue.QueueJob;
import dev.authstore.model.queue.QueueJobDetails;
import dev.authstore.model.queue.QueueJobStatus;
import dev.authstore.model.queue.QueueWorker;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.worker.WorkerObserver.WakeUp;
import dev.authstore.storage.queue.QueueJobFilter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks for jobs and has them run. Its thread is the only one that reserves. */
final class Fetcher implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger("authstore.queue");
  private static final int POLL_SPREAD = 10;

  private final WorkerSetup setup;
  private final Identity identity;
  private final Slots slots;
  private final Bell bell;
  private final Consumer<QueueJob> start;
  private final Timer search;
  private final Stop stop = new Stop();

  private boolean uncertain;
  private long lastRound = System.nanoTime();

  Fetcher(WorkerSetup setup, Identity identity, Slots slots, Bell bell, Consumer<QueueJob> start) {
    this.setup = setup;
    this.identity = identity;
    this.slots = slots;
    this.bell = bell;
    this.start = start;
    this.search = new Timer(setup.settings().heartbeatInterval());
  }

  @Override
  public void run() {
    Backoff backoff = new Backoff(stop);
    setup.observer().wokenUp(WakeUp.NOTIFICATION);
    while (!stop.isRequested()) {
      QueueWorker worker = identity.current();
      try {
        boolean more = round(worker);
        backoff.reset();
        if (!more) {
          await();
        }
      } catch (InterruptedException e) {
        return; // nobody else interrupts this thread
      } catch (RuntimeException e) {
        if (!recovered(e, worker) && !backoff.pause()) {
          return;
        }
      }
    }
  }

  void stop() {
    stop.request();
    bell.ring(WakeUp.TASK);
  }

  /** Whether there may be more jobs and room for them. */
  private boolean round(QueueWorker worker) {
    if (uncertain || search.isDue()) {
      adopt(worker);
      uncertain = false;
      search.restart();
    }
    long begin = System.nanoTime();
    List<Slots.Room> rooms = slots.rooms();
    if (rooms.isEmpty()) {
      setup.observer().saturated();
      return false;
    }
    int fetched = 0;
    boolean more = false;
    for (Slots.Room room : rooms) {
      List<QueueJob> jobs = reserve(worker, room);
      jobs.forEach(this::begin);
      fetched += jobs.size();
      more |= jobs.size() == room.count();
    }
    lastRound = System.nanoTime();
    setup.observer().round(Duration.ofNanos(lastRound - begin), fetched);
    return more;
  }

  private List<QueueJob> reserve(QueueWorker worker, Slots.Room room) {
    uncertain = true; // until the answer is there
    List<QueueJob> jobs =
        setup
            .repositories()
            .direct(repo -> repo.queueJobs().reserve(worker, room.queues(), room.count()));
    uncertain = false;
    return jobs;
  }

  // Jobs that run in this worker's name without its knowledge: it reserved them and did not hear
  // so. A statement may take effect after its connection broke, so it looks again and again.
  private void adopt(QueueWorker worker) {
    QueueJobFilter mine = QueueJobFilter.all().worker(worker.id()).status(QueueJobStatus.RUNNING);
    setup
        .repositories()
        .<List<QueueJobDetails>>read(repo -> allOf(repo, mine))
        .forEach(details -> begin(details.job()));
  }

  private static List<QueueJobDetails> allOf(RepositoryAccess repo, QueueJobFilter filter) {
    return repo.queueJobs().list(filter, Pagination.first(Pagination.MAX_COUNT)).nodes();
  }

  private void begin(QueueJob job) {
    if (slots.take(job)) {
      start.accept(job);
    }
  }

  private void await() throws InterruptedException {
    Duration poll = setup.settings().pollInterval();
    long spread = Math.max(1, poll.toNanos() / POLL_SPREAD);
    WakeUp reason = bell.await(poll.minusNanos(setup.storage().random().nextLong(spread)));
    if (reason == WakeUp.NOTIFICATION) {
      holdBack();
    }
    if (!stop.isRequested()) {
      setup.observer().wokenUp(reason);
    }
  }

  // One look serves all notifications of a while, and not all workers come at once.
  private void holdBack() throws InterruptedException {
    long early = setup.settings().roundInterval().toNanos() - (System.nanoTime() - lastRound);
    long spread = setup.settings().wakeUpSpread().toNanos();
    long chance = spread > 0 ? setup.storage().random().nextLong(spread) : 0;
    TimeUnit.NANOSECONDS.sleep(Math.max(early, chance));
    bell.forget();
  }

  private boolean recovered(RuntimeException failure, QueueWorker worker) {
    setup.observer().failed(failure);
    if (failure instanceof StorageException refusal && Identity.isRefusal(refusal, worker)) {
      try {
        identity.replace(worker);
        return true;
      } catch (StorageException e) {
        LOG.warn("worker cannot be registered anew", e);
        return false;
      }
    }
    LOG.warn("looking for jobs failed, will be tried again", failure);
    return false;
  }
}
