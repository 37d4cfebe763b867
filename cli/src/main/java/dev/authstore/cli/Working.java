package dev.authstore.cli;

import dev.authstore.model.Json;
import dev.authstore.model.queue.JobMetadata;
import dev.authstore.model.queue.QueueJob;
import dev.authstore.model.queue.QueueWorker;
import dev.authstore.model.user.User;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.queue.DeadWorkerReport;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** A background job, and a worker that dies over it. */
final class Working {
  private static final URI TERMS = URI.create("https://example.com/terms/1");
  private static final String QUEUE = "invite-a-friend";

  private final Scene scene;

  Working(Scene scene) {
    this.scene = scene;
  }

  void run(User alice) {
    scene.call(
        "accept terms",
        repo -> {
          repo.userTerms().acceptTerms(alice, TERMS);
          return repo.queueJobs().schedule(QUEUE, Json.NULL, JobMetadata.NONE);
        },
        enqueued -> "acceptance and a job in one transaction");
    QueueJob first =
        scene.direct(
            "take the job",
            Working::taken,
            job -> "attempt %d, by a worker that dies over it".formatted(job.attempt()));
    scene.direct(
        "find the dead",
        repo -> repo.queueWorkers().shutdownDeadWorkers(Duration.ZERO),
        Working::found);
    QueueJob second =
        scene.direct(
            "take it again",
            repo -> {
              repo.queueJobs().scheduleAvailableJobs();
              return taken(repo);
            },
            job -> "attempt %d, by another worker".formatted(job.attempt()));
    scene.call(
        "do the job",
        repo -> done(repo, second),
        token -> "its writes and its end in one transaction");
    scene.refused("late result", repo -> repo.queueJobs().markAsCompleted(first.id()));
  }

  private static QueueJob taken(RepositoryAccess repo) {
    QueueWorker worker = repo.queueWorkers().register();
    List<QueueJob> jobs = repo.queueJobs().reserve(worker, List.of(QUEUE), 1);
    if (jobs.size() != 1) {
      throw new DemoException("the job was not there");
    }
    return jobs.get(0);
  }

  private static String found(DeadWorkerReport report) {
    if (!report.equals(new DeadWorkerReport(1, 1, 0))) {
      throw new DemoException("the job of the dead worker did not come back");
    }
    return "1 worker declared dead, its job is back";
  }

  private static UUID done(RepositoryAccess repo, QueueJob job) {
    UUID invitation =
        repo.userRegistrationTokens()
            .add(UUID.randomUUID().toString(), Optional.of(1), Optional.empty())
            .id();
    repo.queueJobs().markAsCompleted(job.id());
    return invitation;
  }
}
