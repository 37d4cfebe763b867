package dev.authstore.storage.pg.worker;

import dev.authstore.model.queue.QueueJob;
import dev.authstore.storage.RepositoryAccess;

/** What is done for a job. */
@FunctionalInterface
public interface JobHandler<P> {

  /**
   * Does it, on a thread of its own, which is interrupted if the worker cannot wait any longer, or
   * if the job takes longer than its {@link JobLimits} allow.
   *
   * <p>What is written through {@code repo} takes effect together with the end of the job or not at
   * all, and exactly once. If that unit of work meets a passing failure, such as a deadlock, all of
   * this runs again; and what has other effects may run again for other reasons too.
   *
   * @param repo saved by the worker; takes a connection when it is first used
   * @throws JobRejectedException if trying again is useless
   * @throws Exception anything else, and the job is tried again later
   */
  void run(RepositoryAccess repo, P payload, QueueJob job) throws Exception;
}
