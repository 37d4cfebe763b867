package dev.authstore.cli;

import dev.authstore.database.DatabaseConfig;
import dev.authstore.model.queue.QueueWorkerDetails;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.Authstore;
import dev.authstore.storage.queue.QueueBacklog;
import dev.authstore.storage.queue.QueueWorkerFilter;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Whether somebody works on the jobs that wait. */
final class QueueCheck {

  private static final String TOPIC = "queue";
  private static final int MOST_WORKERS = 1_000;

  private QueueCheck() {}

  /** For a schema that is up to date, and a role that may read it. */
  static Finding finding(DatabaseConfig config) {
    try (Authstore authstore = Authstore.open(config.poolSize(1).autoMigrate(false))) {
      return authstore.repositories().read(QueueCheck::finding);
    }
  }

  private static Finding finding(RepositoryAccess repo) {
    Page<QueueWorkerDetails> workers =
        repo.queueWorkers()
            .list(QueueWorkerFilter.all().alive(true), Pagination.first(MOST_WORKERS));
    boolean led = repo.queueWorkers().leader().isPresent();
    List<QueueBacklog> backlog = repo.queueJobs().backlog();
    int alive = workers.nodes().size();
    int waiting = backlog.stream().mapToInt(QueueBacklog::available).sum();
    String text =
        "workers: %d, %s; waiting jobs: %d%s"
            .formatted(alive, led ? "one leads" : "nobody leads", waiting, oldest(backlog, repo));
    if (alive == 0 && waiting > 0) {
      return Finding.warn(TOPIC, text + ": start a worker");
    }
    return alive > 0 && !led
        ? Finding.warn(TOPIC, text + ": what recurs is not scheduled, look into the workers' logs")
        : Finding.ok(TOPIC, text);
  }

  private static String oldest(List<QueueBacklog> backlog, RepositoryAccess repo) {
    Optional<Instant> oldest =
        backlog.stream().map(QueueBacklog::oldest).min(Comparator.naturalOrder());
    return oldest
        .map(since -> Duration.between(since, repo.queueWorkers().time()).toSeconds())
        .map(seconds -> ", the oldest for %d s".formatted(Math.max(0, seconds)))
        .orElse("");
  }
}
