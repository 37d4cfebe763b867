package dev.authstore.storage.pg.worker;

import dev.authstore.model.queue.QueueWorker;
import dev.authstore.storage.SchemaMismatchException;
import dev.authstore.storage.StorageAccessDeniedException;
import dev.authstore.storage.StorageException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Goes on after a failure, if going on can help. For one thread. */
final class Recovery {
  private static final Logger LOG = LoggerFactory.getLogger("authstore.queue");

  private final String activity;
  private final WorkerSetup setup;
  private final Identity identity;
  private final Consumer<StorageException> giveUp;
  private final Backoff backoff;

  Recovery(
      String activity,
      WorkerSetup setup,
      Identity identity,
      Consumer<StorageException> giveUp,
      Stop stop) {
    this.activity = activity;
    this.setup = setup;
    this.identity = identity;
    this.giveUp = giveUp;
    this.backoff = new Backoff(stop);
  }

  /** After something has gone well. */
  void reset() {
    backoff.reset();
  }

  /**
   * After a failure: at once under a new name if the worker may do nothing any more under its old
   * one, else after a pause.
   *
   * @return whether to go on
   */
  boolean isPossible(RuntimeException failure, QueueWorker worker) {
    setup.observer().failed(failure);
    RuntimeException reason = failure;
    if (failure instanceof StorageException refusal && Identity.isRefusal(refusal, worker)) {
      try {
        identity.replace(worker);
        return true;
      } catch (StorageException e) {
        reason = e;
      }
    }
    if (reason instanceof StorageException hopeless && isHopeless(hopeless)) {
      giveUp.accept(hopeless);
      return false;
    }
    LOG.warn("{} failed, will be tried again", activity, reason);
    return backoff.pause();
  }

  // Somebody has to change the schema, a right or the configuration, and start the worker anew.
  private static boolean isHopeless(StorageException failure) {
    return failure instanceof SchemaMismatchException
        || failure instanceof StorageAccessDeniedException;
  }
}
