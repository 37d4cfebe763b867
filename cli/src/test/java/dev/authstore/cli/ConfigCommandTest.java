package dev.authstore.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.testing.TestDatabase;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ConfigCommandTest {
  private static final String URI = "postgresql://alice:canary@db.example/app";

  @RegisterExtension final TestDatabase database = TestDatabase.empty();

  @Nested
  class Check {
    @Test
    void namesTheTarget() {
      Invocation check = Invocation.of("config", "check", "--database", URI);

      assertThat(check.exitCode()).isZero();
      assertThat(check.out()).isEqualTo("ok: alice@db.example:5432/app\n");
    }

    @Test
    void tellsEveryMistakeOfAFile() throws IOException {
      Path file =
          file("database: {uri: 'postgresql://u:canary@h:x/d', max_connections: many, shema: y}");

      Invocation check = Invocation.of("config", "check", "--config", file.toString());

      assertThat(check.exitCode()).isEqualTo(Failures.USAGE);
      assertThat(check.err())
          .contains("expected an integer from 1 to 65535", "got 'many'", "is schema meant?");
      assertThat(check.everything()).doesNotContain("canary");
    }
  }

  @Nested
  class Dump {
    @Test
    void masksSecretsAndTellsOrigins() throws IOException {
      Path file = file("database: {max_connections: 7, ssl_key_password: canary, ssl_key: canary}");

      Invocation dump =
          Invocation.of(
              "config",
              "dump",
              "--database",
              URI + "?sslcertmode=disable",
              "--config",
              file.toString());

      assertThat(dump.exitCode()).isZero();
      assertThat(dump.out())
          .contains("max_connections = 7  # file settings.yaml database.max_connections\n")
          .contains("password = ***  # connection string uri password\n")
          .contains("schema = authstore  # default\n");
      assertThat(dump.everything()).doesNotContain("canary");
    }

    @Test
    void isJsonIfAsked() {
      Invocation dump = Invocation.of("config", "dump", "--json", "--database", URI);

      assertThat(dump.out())
          .contains("{\"key\":\"max_connections\",\"origin\":\"default\",\"value\":\"10\"}\n");
    }
  }

  @Nested
  class Ping {
    @Test
    void tellsWhoAnswered() {
      Invocation ping = Invocation.of("database", "ping", "--database", database.url());

      assertThat(ping.exitCode()).isZero();
      assertThat(ping.out())
          .startsWith("Database connected [target=postgres@")
          .contains("tls=none");
    }

    @Test
    void failsAtOnce() throws IOException {
      int port;
      try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        port = free.getLocalPort();
      }
      String uri = "postgresql://u:canary@localhost:%d/d".formatted(port);

      assertThat(Invocation.of("database", "ping", "--database", uri).exitCode())
          .isEqualTo(Failures.NO_DATABASE);
      assertThat(Invocation.of("database", "wait", "--timeout", "0", "--database", uri).exitCode())
          .isEqualTo(Failures.NO_DATABASE);
    }

    @Test
    void waitsForWhatIsThere() {
      assertThat(Invocation.of("database", "wait", "--database", database.url()).exitCode())
          .isZero();
    }
  }

  private static Path file(String yaml) throws IOException {
    Path directory = Files.createDirectories(Path.of(System.getProperty("java.io.tmpdir")));
    return Files.writeString(directory.resolve("settings.yaml"), yaml);
  }
}
