package dev.authstore.storage.pg.worker;

import dev.authstore.model.queue.QueueWorker;
import dev.authstore.storage.SchemaMismatchException;
import dev.authstore.storage.StorageAccessDeniedException;
import dev.authstore.storage.StorageAccessDeniedException.Reason;
import dev.authstore.storage.StorageException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Goes on after a failure, if going on can help. For one thread. */
final class Recovery {
  private static final Logger LOG = LoggerFactory.getLogger("authstore.queue");

  /** More than a failover or a change of passwords makes: some ten seconds of them. */
  private static final int REFUSALS = 6;

  private final String activity;
  private final WorkerSetup setup;
  private final Identity identity;
  private final Consumer<StorageException> giveUp;
  private final Backoff backoff;

  /** How often the server has refused the worker since something went well. */
  private int refusals;

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
    refusals = 0;
    backoff.reset();
  }

  /**
   * After a failure: at once under a new name if the worker may do nothing any more under its old
   * one, else after a pause. Also if it gives up, until it is stopped: signs of life may still be
   * heard while it waits for its jobs.
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
    if (reason instanceof StorageException hopeless
        && (isHopeless(hopeless) || isRefusedAgainAndAgain(hopeless))) {
      giveUp.accept(hopeless);
    } else {
      LOG.warn("{} failed, will be tried again", activity, reason);
    }
    return backoff.pause();
  }

  private boolean isRefusedAgainAndAgain(StorageException failure) {
    return failure instanceof StorageAccessDeniedException && ++refusals >= REFUSALS;
  }

  /** Whether somebody has to change the schema or a right, and start the worker anew. */
  static boolean isHopeless(StorageException failure) {
    return failure instanceof SchemaMismatchException
        || (failure instanceof StorageAccessDeniedException denied
            && denied.reason() == Reason.PRIVILEGE);
  }
}
