package dev.authstore.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Walks through {@code docs/operations.md} as a new operator does, word for word: from an empty
 * server of Debian to a demo in split mode with three roles and TLS, a backup, and a restore. The
 * server is a cluster of its own, as is the home directory; root makes and drops both.
 */
@Tag("operations")
class OperationsWalkIT {

  private static final String CLUSTER = "authstore_guide";

  /** Root is who sudo makes one; what tells where the cluster is must come along. */
  private static final String SUDO =
      """
      #!/bin/sh
      [ "$1" = -u ] || exec "$@"
      user=$2
      shift 2
      exec setpriv --reuid "$user" --regid "$user" --init-groups "$@"
      """;

  private Path home = Path.of("");
  private String version = "";
  private String port = "";

  @BeforeEach
  void createCluster() throws Exception {
    Path temporary = Files.createDirectories(Path.of("target/tmp"));
    home = Files.createTempDirectory(temporary, "operator-").toAbsolutePath();
    Path sudo = Files.createDirectory(home.resolve("bin")).resolve("sudo");
    Files.writeString(sudo, SUDO);
    Files.setPosixFilePermissions(sudo, PosixFilePermissions.fromString("rwxr-xr-x"));
    version = run("ls /usr/lib/postgresql | sort -n | tail -1").strip();
    run(
        "pg_createcluster -o shared_preload_libraries=pg_stat_statements %s %s --start"
            .formatted(version, CLUSTER));
    port = run("pg_lsclusters -h | awk '$2 == \"%s\" { print $3 }'".formatted(CLUSTER)).strip();
  }

  @AfterEach
  void dropCluster() throws Exception {
    run("pg_dropcluster --stop %s %s".formatted(version, CLUSTER));
  }

  @Test
  void everyLineWorksAsPrinted() throws Exception {
    String lines =
        Guide.read().stream().map(OperationsWalkIT::command).collect(Collectors.joining("\n"));

    String output = run("export PGPORT=%s\ncd ..\n".formatted(port) + lines);

    assertThat(output)
        .contains("tls           TLSv1.3", "rights        role authstore_app has what it needs")
        .contains("Authstore demo, as a service that may not migrate.")
        .contains("PostgreSQL " + version)
        .doesNotContain("fail  ");
  }

  private static String command(Guide.Block block) {
    return block.language().equals("sql")
        ? "sudo -u postgres psql -v ON_ERROR_STOP=1 -d auth <<'SQL'\n%sSQL".formatted(block.text())
        : block.text();
  }

  /** What the commands have printed, all of which must succeed. */
  private String run(String commands) throws IOException, InterruptedException {
    Path script =
        Files.writeString(
            home.resolve("script"),
            "set -euo pipefail\ntrap 'echo \"failed: $BASH_COMMAND\"' ERR\n" + commands + "\n");
    Path output = home.resolve("output");
    ProcessBuilder builder =
        new ProcessBuilder(List.of("bash", script.toString()))
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder
        .environment()
        .keySet()
        .removeIf(name -> name.startsWith("DB_") || name.startsWith("PG"));
    builder
        .environment()
        .putAll(
            Map.of(
                "HOME",
                home.toString(),
                "PATH",
                home.resolve("bin") + ":" + System.getenv("PATH")));
    Process process = builder.start();
    try {
      assertThat(process.waitFor(10, TimeUnit.MINUTES)).as("ended").isTrue();
    } finally {
      process.destroyForcibly();
    }
    String text = Files.readString(output);
    assertThat(process.exitValue()).as(text).isZero();
    return text;
  }
}
