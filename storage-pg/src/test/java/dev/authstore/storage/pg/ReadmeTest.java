package dev.authstore.storage.pg;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.database.DatabaseConfig;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The example of README.md: the same lines, and they do what is written beside them. */
class ReadmeTest {
  private static final Path README = Path.of("..", "README.md");
  private static final Path SOURCE =
      Path.of("src", "test", "java", "dev", "authstore", "storage", "pg", "ReadmeTest.java");

  @RegisterExtension final TestDatabase database = TestDatabase.empty();

  @Test
  void exampleRuns() {
    Optional<BrowserSession> session = example(database.url());

    assertThat(session).hasValueSatisfying(found -> assertThat(found.isActive()).isTrue());
  }

  @Test
  void exampleIsTheOneOfTheReadme() throws IOException {
    String compiled = between("    // example", "    // end of example", SOURCE);

    String documented = between("```java", "```", README);

    assertThat(documented).isEqualTo(compiled.stripIndent());
  }

  private static Optional<BrowserSession> example(String url) {
    // example
    try (Authstore authstore = Authstore.open(DatabaseConfig.of(url))) { // connects and migrates
      RepositoryFactory repositories = authstore.repositories(); // for all threads

      BrowserSession session =
          repositories.call( // one transaction
              repo -> {
                User alice = repo.users().addIfAvailable("alice");
                repo.userEmails().add(alice, "alice@example.com");
                return repo.browserSessions().add(alice, Optional.of("Firefox"));
              });
      return repositories.read( // one statement, one round trip
          repo -> repo.browserSessions().lookup(session.id()));
    }
    // end of example
  }

  private static String between(String first, String last, Path file) throws IOException {
    List<String> lines = Files.readAllLines(file);
    int start = lines.indexOf(first) + 1;
    List<String> rest = lines.subList(start, lines.size());
    return String.join("\n", rest.subList(0, rest.indexOf(last)));
  }
}
