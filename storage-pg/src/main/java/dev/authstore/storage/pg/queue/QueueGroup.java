package dev.authstore.storage.pg.queue;

import dev.authstore.storage.pg.internal.UnitOfWork;
import dev.authstore.storage.queue.QueueJobRepository;
import dev.authstore.storage.queue.QueueScheduleRepository;
import dev.authstore.storage.queue.QueueWorkerRepository;

/** Hands out the repositories of this group. */
public final class QueueGroup {
  private QueueGroup() {}

  public static QueueWorkerRepository workers(UnitOfWork work) {
    return new PgQueueWorkerRepository(work);
  }

  public static QueueJobRepository jobs(UnitOfWork work) {
    return new PgQueueJobRepository(work);
  }

  public static QueueScheduleRepository schedules(UnitOfWork work) {
    return new PgQueueScheduleRepository(work);
  }
}
