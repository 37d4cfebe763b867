package dev.authstore.storage.pg.worker;

import dev.authstore.model.queue.QueueWorker;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.pg.worker.WorkerObserver.WakeUp;
import dev.authstore.storage.queue.QueueBacklog;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gives signs of life, and leads if nobody else does. */
final class Pulse implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger("authstore.queue");
  private static final Duration REPORT_INTERVAL = Duration.ofMinutes(1);
  private static final Set<WakeUp> RINGS = Set.of(WakeUp.NOTIFICATION);
  private static final int RENEWALS_PER_LEASE = 3;
  private static final int LOOKS_PER_LEASE = 2;

  private final WorkerSetup setup;
  private final Identity identity;
  private final Duties duties;
  private final ClockSkew skew;
  private final Bell bell;
  private final Timer heartbeat;
  private final Timer lease;
  private final Timer promotion;
  private final Timer duty;
  private final Timer backlog = new Timer(REPORT_INTERVAL);
  private final Timer comparison = new Timer(REPORT_INTERVAL);
  private final Stop stop = new Stop();
  private final Recovery recovery;

  private volatile boolean leaving;
  private boolean leads;

  Pulse(WorkerSetup setup, Identity identity, Bell bell, Consumer<StorageException> giveUp) {
    this.setup = setup;
    this.identity = identity;
    this.duties = new Duties(setup);
    this.skew = new ClockSkew(setup);
    this.bell = bell;
    this.heartbeat = new Timer(setup.settings().heartbeatInterval());
    this.lease = new Timer(setup.storage().queue().leaderLease());
    this.promotion = new Timer(setup.settings().promotionInterval());
    this.duty = new Timer(setup.settings().dutyInterval());
    this.recovery = new Recovery("the pulse of the worker", setup, identity, giveUp, stop);
    heartbeat.restart(); // registering was the first
  }

  @Override
  public void run() {
    while (!stop.isRequested()) {
      QueueWorker worker = identity.current();
      try {
        beat(worker);
        recovery.reset();
        if (bell.await(RINGS, untilNext()) == WakeUp.NOTIFICATION) {
          lease.makeDue();
        }
      } catch (InterruptedException e) {
        return; // nobody else interrupts this thread
      } catch (RuntimeException e) {
        if (e instanceof StorageException refusal && Identity.isRefusal(refusal, worker)) {
          leads(false, worker);
        }
        if (!recovery.isPossible(e, worker)) {
          return;
        }
      }
    }
  }

  /** Lives on, but leads no more. */
  void leave() {
    leaving = true;
    bell.ring(WakeUp.NOTIFICATION);
  }

  void stop() {
    stop.request();
    bell.ring(WakeUp.NOTIFICATION);
  }

  private void beat(QueueWorker worker) {
    if (heartbeat.isDue()) {
      setup
          .repositories()
          .direct(
              repo -> {
                repo.queueWorkers().heartbeat(worker);
                return worker;
              });
      heartbeat.restart();
    }
    if (comparison.isDue()) {
      skew.measure();
      comparison.restart();
    }
    if (!mayLead()) {
      resign(worker);
      return;
    }
    if (lease.isDue()) {
      elect(worker);
    }
    if (leads) {
      lead(worker);
    }
  }

  private void elect(QueueWorker worker) {
    boolean elected =
        setup.repositories().direct(repo -> repo.queueWorkers().tryGetLeaderLease(worker));
    lease.restart(
        setup
            .storage()
            .queue()
            .leaderLease()
            .dividedBy(elected ? RENEWALS_PER_LEASE : LOOKS_PER_LEASE));
    leads(elected, worker);
  }

  private void lead(QueueWorker worker) {
    if (duty.isDue()) {
      duties.perform(worker);
      duty.restart();
    }
    if (promotion.isDue() && !duties.promote()) {
      promotion.restart(); // else the next batch follows the next look at the other timers
    }
    if (backlog.isDue()) {
      report();
      backlog.restart();
    }
  }

  private void report() {
    List<QueueBacklog> waiting = setup.repositories().read(repo -> repo.queueJobs().backlog());
    List<String> unserved =
        waiting.stream().filter(queue -> !queue.isServed()).map(QueueBacklog::queueName).toList();
    if (!unserved.isEmpty()) {
      LOG.warn("jobs wait in queues that no living worker serves: {}", unserved);
    }
    setup.observer().backlog(waiting);
  }

  private boolean mayLead() {
    return !leaving && !skew.forbidsLeading();
  }

  private void resign(QueueWorker worker) {
    if (leads) {
      boolean resigned = setup.repositories().direct(repo -> repo.queueWorkers().resign(worker));
      LOG.debug("worker {} resigned: {}", worker.id(), resigned);
      leads(false, worker);
    }
  }

  private void leads(boolean now, QueueWorker worker) {
    if (leads == now) {
      return;
    }
    leads = now;
    if (now) {
      LOG.info("worker {} leads", worker.id());
      setup.observer().elected();
    } else {
      LOG.info("worker {} leads no more", worker.id());
      setup.observer().deposed();
    }
  }

  private Duration untilNext() {
    Stream<Timer> timers;
    if (!mayLead()) {
      timers = Stream.of(heartbeat, comparison);
    } else if (leads) {
      timers = Stream.of(heartbeat, comparison, lease, promotion, duty, backlog);
    } else {
      timers = Stream.of(heartbeat, comparison, lease);
    }
    return timers.map(Timer::left).min(Duration::compareTo).orElse(Duration.ZERO);
  }
}
