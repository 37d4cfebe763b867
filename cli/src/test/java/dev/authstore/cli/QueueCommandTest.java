package dev.authstore.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.database.DatabaseConfig;
import dev.authstore.model.Json;
import dev.authstore.model.queue.JobMetadata;
import dev.authstore.model.queue.QueueWorker;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.pg.Authstore;
import dev.authstore.testing.TestDatabase;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class QueueCommandTest {
  @RegisterExtension final TestDatabase database = TestDatabase.empty();

  @Nested
  class Status {
    @Test
    void tellsWhatWaitsAndWhoWorks() {
      QueueWorker leader = write(repo -> repo.queueWorkers().register());
      QueueWorker other = write(QueueCommandTest::working);
      write(repo -> repo.queueWorkers().tryGetLeaderLease(leader));

      Invocation status = status();

      assertThat(status.err()).isEmpty();
      assertThat(status.exitCode()).isZero();
      assertThat(status.out().lines().map(QueueCommandTest::withoutAges))
          .containsExactly(
              "Queue [name=mail, waiting=1, served=true]",
              "Queue [name=sms, waiting=2, served=false]",
              "Jobs [scheduled=1, running=1]",
              "Worker [id=%s, serves=, running=0, leads=true]".formatted(leader.id()),
              "Worker [id=%s, serves=fax mail, running=1, leads=false]".formatted(other.id()));
    }

    @Test
    void saysThatNobodyLeads() {
      write(repo -> repo.queueWorkers().removeLeaderLeaseIfExpired());

      Invocation status = status();

      assertThat(status.out()).isEqualTo("Jobs [scheduled=0, running=0]\nLeader [id=none]\n");
    }

    @Test
    void isOneObjectALineIfAsked() {
      write(QueueCommandTest::working);

      Invocation status = status("--json");

      assertThat(status.out().lines())
          .hasSize(5)
          .allSatisfy(line -> assertThat(Json.parse(line).get("kind")).isPresent());
    }

    @Test
    void leavesASchemaAlone() {
      Invocation status = status();

      assertThat(status.exitCode()).isEqualTo(3);
    }
  }

  private Invocation status(String... more) {
    return Invocation.of(
        Stream.concat(Stream.of("queue", "status", "--database", database.url()), Stream.of(more))
            .toArray(String[]::new));
  }

  private <T> T write(Function<RepositoryAccess, T> work) {
    try (Authstore authstore = Authstore.open(DatabaseConfig.of(database.url()).poolSize(1))) {
      return authstore.repositories().<T>call(work);
    }
  }

  private static QueueWorker working(RepositoryAccess repo) {
    QueueWorker worker = repo.queueWorkers().register(List.of("mail", "fax"));
    for (String queue : List.of("mail", "mail", "sms", "sms")) {
      repo.queueJobs().schedule(queue, Json.NULL, JobMetadata.NONE);
    }
    repo.queueJobs()
        .scheduleLater(
            "mail",
            Json.NULL,
            JobMetadata.NONE,
            Instant.parse("2999-01-01T00:00:00Z"),
            Optional.empty());
    repo.queueJobs().reserve(worker, List.of("mail"), 1);
    return worker;
  }

  private static String withoutAges(String line) {
    return line.replaceAll(", (oldest|seen)=PT[0-9HMS]+", "");
  }
}
