package dev.authstore.cli;

import dev.authstore.database.DatabaseConfig;
import dev.authstore.model.queue.QueueJobStatus;
import dev.authstore.model.queue.QueueWorkerDetails;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.Authstore;
import dev.authstore.storage.queue.QueueBacklog;
import dev.authstore.storage.queue.QueueJobFilter;
import dev.authstore.storage.queue.QueueWorkerFilter;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Background jobs. */
@Command(
    name = "queue",
    description = "Looks at background jobs.",
    mixinStandardHelpOptions = true,
    versionProvider = AuthstoreCommand.Version.class)
final class QueueCommand implements Runnable {
  private static final int PAGE_SIZE = 1_000;

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "no command given");
  }

  @Command(
      name = "status",
      description =
          "Lists the queues in which jobs wait, how many, since when, and whether any worker"
              + " serves them; how many jobs wait for their time or run; and the workers that live,"
              + " with the leader.",
      mixinStandardHelpOptions = true,
      versionProvider = AuthstoreCommand.Version.class)
  int status(@Mixin ConfigOptions options) {
    DatabaseConfig config = options.read().poolSize(1).autoMigrate(false);
    try (Authstore authstore = Authstore.open(config)) {
      return authstore.repositories().<Integer>read(repo -> status(options, repo));
    }
  }

  private int status(ConfigOptions options, RepositoryAccess repo) {
    PrintWriter out = spec.commandLine().getOut();
    Instant now = repo.queueWorkers().time();
    for (QueueBacklog queue : repo.queueJobs().backlog()) {
      Map<String, String> facts = new LinkedHashMap<>();
      facts.put("name", queue.queueName());
      facts.put("waiting", String.valueOf(queue.available()));
      facts.put("oldest", age(queue.oldest(), now));
      facts.put("served", String.valueOf(queue.isServed()));
      line(options, out, "Queue", facts);
    }
    Map<String, String> jobs = new LinkedHashMap<>();
    jobs.put("scheduled", count(repo, QueueJobStatus.SCHEDULED));
    jobs.put("running", count(repo, QueueJobStatus.RUNNING));
    line(options, out, "Jobs", jobs);
    Optional<UUID> leader = repo.queueWorkers().leader().map(lease -> lease.workerId());
    workers(options, repo, now, leader);
    if (leader.isEmpty()) {
      line(options, out, "Leader", Map.of("id", "none"));
    }
    return 0;
  }

  private void workers(
      ConfigOptions options, RepositoryAccess repo, Instant now, Optional<UUID> leader) {
    Pagination next = Pagination.first(PAGE_SIZE);
    Page<QueueWorkerDetails> page;
    do {
      page = repo.queueWorkers().list(QueueWorkerFilter.all().alive(true), next);
      for (QueueWorkerDetails worker : page.nodes()) {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("id", worker.id().toString());
        facts.put("seen", age(worker.stage().lastSeenAt(), now));
        facts.put("serves", String.join(" ", worker.queueNames()));
        facts.put("running", running(repo, worker));
        facts.put("leads", String.valueOf(leader.equals(Optional.of(worker.id()))));
        line(options, spec.commandLine().getOut(), "Worker", facts);
      }
      if (page.hasNextPage()) {
        next = Pagination.first(PAGE_SIZE).after(page.lastCursor().orElseThrow());
      }
    } while (page.hasNextPage());
  }

  private static String running(RepositoryAccess repo, QueueWorkerDetails worker) {
    QueueJobFilter held = QueueJobFilter.all().worker(worker.id()).status(QueueJobStatus.RUNNING);
    return String.valueOf(repo.queueJobs().count(held));
  }

  private static String count(RepositoryAccess repo, QueueJobStatus status) {
    return String.valueOf(repo.queueJobs().count(QueueJobFilter.all().status(status)));
  }

  private static String age(Instant since, Instant now) {
    Duration age = Duration.between(since, now);
    return Duration.ofSeconds(Math.max(0, age.toSeconds())).toString();
  }

  private static void line(
      ConfigOptions options, PrintWriter out, String kind, Map<String, String> facts) {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("kind", kind.toLowerCase(Locale.ROOT));
    all.putAll(facts);
    options.print(out, kind + " " + ConfigOptions.listed(facts), all);
  }
}
