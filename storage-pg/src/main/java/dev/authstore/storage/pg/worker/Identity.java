package dev.authstore.storage.pg.worker;

import dev.authstore.model.queue.QueueWorker;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.StorageException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** By what name the worker is registered. One that was declared dead goes on under a new one. */
final class Identity {
  private static final Logger LOG = LoggerFactory.getLogger("authstore.queue");

  private final WorkerSetup setup;
  private QueueWorker current;

  private Identity(WorkerSetup setup, QueueWorker current) {
    this.setup = setup;
    this.current = current;
  }

  static Identity register(WorkerSetup setup) {
    Identity identity = new Identity(setup, registered(setup));
    LOG.info("worker {} registered", identity.current().id());
    return identity;
  }

  synchronized QueueWorker current() {
    return current;
  }

  /** Whether a failure means that the worker of that name may do nothing any more. */
  static boolean isRefusal(StorageException failure, QueueWorker worker) {
    return (failure instanceof InvalidStateException state
            && state.reason() == StateReason.WORKER_SHUT_DOWN
            && state.id().equals(worker.id()))
        || (failure instanceof NotFoundException missing && missing.id().equals(worker.id()));
  }

  /** Takes a new name instead of the refused one, unless another thread has done so. */
  synchronized void replace(QueueWorker refused) {
    if (current.equals(refused)) {
      current = registered(setup);
      LOG.warn("worker {} had been declared dead, registered as {}", refused.id(), current.id());
      setup.observer().registeredAnew();
    }
  }

  private static QueueWorker registered(WorkerSetup setup) {
    return setup
        .repositories()
        .call(repo -> repo.queueWorkers().register(setup.handlers().queueNames()));
  }
}
