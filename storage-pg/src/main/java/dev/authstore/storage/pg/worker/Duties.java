package dev.authstore.storage.pg.worker;

import dev.authstore.model.queue.JobMetadata;
import dev.authstore.model.queue.LeaderLease;
import dev.authstore.model.queue.QueueWorker;
import dev.authstore.model.queue.ScheduleStatus;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.Repository;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.queue.DeadWorkerReport;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What only the leader does. */
final class Duties {
  private static final Logger LOG = LoggerFactory.getLogger("authstore.queue");

  private final WorkerSetup setup;

  Duties(WorkerSetup setup) {
    this.setup = setup;
  }

  /**
   * Plans schedules and settles what dead workers have left, if the worker leads from the first
   * statement to the last; otherwise nothing has happened.
   */
  void perform(QueueWorker worker) {
    try (Repository repo = setup.repositories().begin()) {
      Optional<LeaderLease> term = repo.queueWorkers().tryBeginDuties(worker);
      if (term.isEmpty()) {
        repo.cancel();
        return;
      }
      LOG.debug("duties begin [worker={}, elected={}]", worker.id(), term.get().electedAt());
      plan(repo);
      DeadWorkerReport report =
          repo.queueWorkers().shutdownDeadWorkers(setup.settings().deadWorkerThreshold());
      if (repo.queueWorkers().leader().filter(term.get()::isSameTerm).isEmpty()) {
        repo.cancel();
        LOG.warn(
            "lost the lead in the middle of its duties [worker={}, elected={}]",
            worker.id(),
            term.get().electedAt());
        return;
      }
      repo.save();
      if (report.retriedJobs() + report.abandonedJobs() > 0) {
        LOG.warn("jobs of dead workers: {}", report);
      }
      setup.observer().dutiesDone(term.get(), report);
    }
  }

  /**
   * Makes jobs available whose time has come, one batch of them. Safe without leading, so it needs
   * no fence.
   *
   * @return whether there may be more
   */
  boolean promote() {
    int promoted = setup.repositories().direct(repo -> repo.queueJobs().scheduleAvailableJobs());
    return promoted == setup.storage().queue().dueBatch();
  }

  private void plan(RepositoryAccess repo) {
    if (setup.schedules().isEmpty()) {
      return;
    }
    Map<String, ScheduleStatus> stored =
        repo.queueSchedules().list().stream()
            .collect(Collectors.toMap(ScheduleStatus::scheduleName, Function.identity()));
    Instant now = repo.queueWorkers().time();
    for (JobSchedule schedule : setup.schedules()) {
      ScheduleStatus status = stored.get(schedule.name());
      if (status == null) {
        LOG.error("schedule {} is not set up", schedule.name());
      } else {
        occurrence(schedule, status, now).ifPresent(at -> plan(repo, schedule, at));
      }
    }
  }

  /** When the next occurrence is to be, if it is to be planned now. */
  static Optional<Instant> occurrence(JobSchedule schedule, ScheduleStatus status, Instant now) {
    Optional<Instant> last = status.lastScheduledAt();
    boolean isPlanned = last.isPresent() && last.get().isAfter(now);
    boolean isUnderWay =
        last.isPresent() && status.lastScheduledJobCompleted().equals(Optional.of(false));
    if (isPlanned || isUnderWay) {
      return Optional.empty();
    }
    boolean wasMissed = last.isPresent() && !schedule.cron().next(last.get()).isAfter(now);
    return Optional.of(
        wasMissed && schedule.missedRuns() == JobSchedule.MissedRuns.RUN_ONCE
            ? now
            : schedule.cron().next(now));
  }

  private static void plan(RepositoryAccess repo, JobSchedule schedule, Instant at) {
    try {
      repo.queueJobs()
          .scheduleLater(
              schedule.queueName(),
              schedule.payload(),
              JobMetadata.NONE,
              at,
              Optional.of(schedule.name()));
    } catch (ConflictException e) {
      LOG.debug("schedule {} has an occurrence under way", schedule.name());
    }
  }
}
