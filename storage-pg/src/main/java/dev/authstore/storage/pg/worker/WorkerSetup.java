package dev.authstore.storage.pg.worker;

import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StorageSettings;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;

/**
 * What a worker is made of.
 *
 * @param repositories where it has its jobs from, and what handlers work with
 * @param storage the settings of these repositories
 * @param listening gives one connection that is kept for notifications: not from a pool, and not
 *     through a pooler in transaction mode
 * @param handlers the queues it serves
 * @param schedules what it plans while it leads; all workers should have the same
 * @param observer hears what it does
 * @param poolSize how many connections the repositories can have at once, if that is known
 */
public record WorkerSetup(
    RepositoryFactory repositories,
    StorageSettings storage,
    DataSource listening,
    JobHandlers handlers,
    List<JobSchedule> schedules,
    WorkerSettings settings,
    WorkerObserver observer,
    Optional<Integer> poolSize) {

  public WorkerSetup {
    schedules = List.copyOf(schedules);
  }

  /** A worker that does nothing yet. */
  public static WorkerSetup of(
      RepositoryFactory repositories, StorageSettings storage, DataSource listening) {
    return new WorkerSetup(
        repositories,
        storage,
        listening,
        JobHandlers.none(),
        List.of(),
        WorkerSettings.defaults(),
        WorkerObserver.NONE,
        Optional.empty());
  }

  public WorkerSetup handlers(JobHandlers value) {
    return new WorkerSetup(
        repositories, storage, listening, value, schedules, settings, observer, poolSize);
  }

  public WorkerSetup schedules(List<JobSchedule> value) {
    return new WorkerSetup(
        repositories, storage, listening, handlers, value, settings, observer, poolSize);
  }

  public WorkerSetup settings(WorkerSettings value) {
    return new WorkerSetup(
        repositories, storage, listening, handlers, schedules, value, observer, poolSize);
  }

  public WorkerSetup observer(WorkerObserver value) {
    return new WorkerSetup(
        repositories, storage, listening, handlers, schedules, settings, value, poolSize);
  }

  public WorkerSetup poolSize(int value) {
    return new WorkerSetup(
        repositories,
        storage,
        listening,
        handlers,
        schedules,
        settings,
        observer,
        Optional.of(value));
  }
}
