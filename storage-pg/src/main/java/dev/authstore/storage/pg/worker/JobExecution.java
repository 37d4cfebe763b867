package dev.authstore.storage.pg.worker;

import dev.authstore.model.queue.QueueJob;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.pg.PgRepository;
import dev.authstore.storage.pg.worker.WorkerObserver.Result;
import dev.authstore.storage.queue.RetryPolicy;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a job and settles it, whatever its handler does. */
final class JobExecution {
  private static final Logger LOG = LoggerFactory.getLogger("authstore.queue");
  private static final int MAX_CAUSES = 5;

  private final WorkerSetup setup;
  private final Completions completions;
  private final Deadlines deadlines;
  private final Stop halt;
  private final Consumer<StorageException> giveUp;

  JobExecution(
      WorkerSetup setup,
      Completions completions,
      Deadlines deadlines,
      Stop halt,
      Consumer<StorageException> giveUp) {
    this.setup = setup;
    this.completions = completions;
    this.deadlines = deadlines;
    this.halt = halt;
    this.giveUp = giveUp;
  }

  /** Whether it is settled; otherwise {@link Completions} has it. */
  boolean run(QueueJob job) {
    setup.observer().started(job);
    long start = System.nanoTime();
    Optional<Result> result = perform(job);
    Duration elapsed = Duration.ofNanos(System.nanoTime() - start);
    result.ifPresentOrElse(
        known -> setup.observer().ended(job, known, elapsed), () -> completions.add(job, elapsed));
    return result.isPresent();
  }

  private Optional<Result> perform(QueueJob job) {
    try {
      boolean settled = setup.repositories().call(repo -> performIn(repo, job));
      return settled ? Optional.of(Result.COMPLETED) : Optional.empty();
    } catch (StorageException e) {
      return Optional.of(isFenced(e, job) ? fenced(job) : settle(job, e));
    } catch (HandlerFailure e) {
      return Optional.of(settle(job, e.getCause()));
    } catch (RuntimeException | Error e) {
      return Optional.of(settle(job, e));
    }
  }

  private boolean performIn(RepositoryAccess repo, QueueJob job) {
    JobHandlers.Registered<?> handler =
        setup
            .handlers()
            .find(job.queueName())
            .orElseThrow(() -> new JobRejectedException("no handler"));
    try {
      deadlines.run(handler.limits().timeout(), () -> handler.run(repo, job));
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new HandlerFailure(e);
    }
    boolean hasEffects = !(repo instanceof PgRepository pg && pg.isUntouched());
    if (hasEffects) {
      repo.queueJobs().markAsCompleted(job.id());
    }
    return hasEffects;
  }

  // What the handler has written is rolled back by now.
  private Result settle(QueueJob job, Throwable failure) {
    LOG.warn("job {}, attempt {}, failed", job.id(), job.attempt(), failure);
    RetryPolicy policy = setup.storage().queue().retries();
    boolean rejected = failure instanceof JobRejectedException;
    boolean again = !rejected && policy.allowsAfter(job.attempt());
    Backoff backoff = new Backoff(halt);
    boolean interrupted = Thread.interrupted(); // it was meant for the handler
    while (true) {
      try {
        setup.repositories().run(repo -> settleIn(repo, job, failure, again));
        return again ? Result.RETRIED : rejected ? Result.REJECTED : Result.ABANDONED;
      } catch (InvalidStateException e) {
        // the end of the handler's unit of work was unknown, and it was a good one
        return e.reason() == StateReason.JOB_COMPLETED ? Result.COMPLETED : fenced(job);
      } catch (NotFoundException e) {
        return fenced(job);
      } catch (StorageException e) {
        setup.observer().failed(e);
        if (Recovery.isHopeless(e)) {
          giveUp.accept(e);
        }
        if (interrupted || !backoff.pause()) {
          LOG.warn("job {} is left unsettled", job.id(), e);
          return Result.LEFT;
        }
      }
    }
  }

  private void settleIn(RepositoryAccess repo, QueueJob job, Throwable failure, boolean again) {
    repo.queueJobs().markAsFailed(job.id(), reason(failure));
    if (again) {
      RetryPolicy policy = setup.storage().queue().retries();
      Duration delay = policy.delayAfter(job.attempt(), setup.storage().random());
      try {
        repo.queueJobs().retry(job.id(), delay);
      } catch (ConflictException e) {
        LOG.warn("schedule of job {} has gone on, it is not tried again", job.id());
      }
    }
  }

  private static boolean isFenced(StorageException failure, QueueJob job) {
    return (failure instanceof InvalidStateException state && state.id().equals(job.id()))
        || (failure instanceof NotFoundException missing && missing.id().equals(job.id()));
  }

  private static Result fenced(QueueJob job) {
    LOG.warn("job {} was taken from this worker, its result is dropped", job.id());
    return Result.FENCED;
  }

  // Messages may carry what nobody should read for as long as the job is kept; ours carry nothing.
  private static String reason(Throwable failure) {
    StringBuilder reason = new StringBuilder();
    Throwable current = failure;
    for (int i = 0; current != null && i < MAX_CAUSES; i++) {
      reason.append(i == 0 ? "" : ", by ").append(current.getClass().getName());
      if (current instanceof JobRejectedException
          || current instanceof JobTimeoutException
          || current instanceof StorageException) {
        reason.append(": ").append(current.getMessage());
      }
      StackTraceElement[] trace = current.getStackTrace();
      if (trace.length > 0) {
        reason.append(" at ").append(trace[0]);
      }
      current = current.getCause();
    }
    return reason.toString();
  }

  /** A checked exception of a handler on its way through a unit of work. */
  private static final class HandlerFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private HandlerFailure(Exception cause) {
      super(cause);
    }

    @Override
    public synchronized Throwable getCause() {
      Throwable cause = super.getCause();
      return cause == null ? this : cause;
    }
  }
}
