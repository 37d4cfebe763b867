package dev.authstore.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The jar that operators get, in a JVM of its own, from a folder with nothing else in it. */
class PackagedJarIT {

  private static final Path BUILT = Path.of("target/authstore.jar");

  @RegisterExtension final TestDatabase database = TestDatabase.empty();

  private Path folder = Path.of("");

  /** How a command has ended, and what it has printed. */
  private record Result(int exitCode, String out, String err) {}

  @BeforeEach
  void copyTheJar() throws IOException {
    Path temporary = Files.createDirectories(Path.of("target/tmp"));
    folder = Files.createTempDirectory(temporary, "jar-").toAbsolutePath();
    Files.copy(BUILT, folder.resolve("authstore.jar"));
  }

  @Test
  void migratesAndFindsNothingWrong() throws Exception {
    Result migrate = run("database", "migrate", "--database", database.url());
    Result check = run("database", "check", "--database", database.url());

    assertThat(migrate.err()).isEmpty();
    assertThat(migrate.exitCode()).isZero();
    assertThat(migrate.out()).contains("applied in").contains("schema authstore is at");
    assertThat(check.err()).isEmpty();
    assertThat(check.exitCode()).isZero();
    assertThat(check.out()).contains("ok    drift         none, ");
  }

  @Test
  void knowsItsVersion() throws Exception {
    assertThat(run("--version").out()).matches("authstore \\d+\\.\\d+\\.\\d+(-SNAPSHOT)?\\R");
  }

  @Test
  void bringsWhatSocketsNeed() throws Exception {
    Result ping =
        run("database", "ping", "--wait", "0", "--database", "postgresql:///x?host=" + folder);

    assertThat(ping.exitCode()).isEqualTo(Failures.NO_DATABASE);
    assertThat(ping.err()).contains("no socket that can be used").contains(".s.PGSQL.5432");
  }

  @Test
  void tellsWhatTheDemoLacks() throws Exception {
    Result demo = run("demo");

    assertThat(demo.exitCode()).isEqualTo(Failures.FAILED);
    assertThat(demo.err()).hasLineCount(1).contains("put the folder `servers` of the build beside");
  }

  @Test
  void looksForTheServersWhereTheBuildPutsThem() throws IOException {
    List<String> wanted;
    try (JarFile jar = new JarFile(BUILT.toFile())) {
      String path = jar.getManifest().getMainAttributes().getValue("Class-Path");
      wanted = Arrays.asList(path.split(" "));
    }

    try (Stream<Path> servers = Files.list(Path.of("target/servers"))) {
      assertThat(servers.map(server -> "servers/" + server.getFileName()))
          .containsExactlyInAnyOrderElementsOf(wanted);
    }
  }

  private Result run(String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-jar", "authstore.jar"));
    command.addAll(List.of(arguments));
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().keySet().removeIf(PackagedJarIT::namesADatabase);
    Process process = builder.start();
    try {
      assertThat(process.waitFor(2, TimeUnit.MINUTES)).as("ended").isTrue();
    } finally {
      process.destroyForcibly();
    }
    return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  private static boolean namesADatabase(String variable) {
    String name = variable.toUpperCase(Locale.ROOT);
    return name.startsWith("DB_")
        || name.startsWith("DATABASE_")
        || name.startsWith("PG")
        || name.startsWith("AUTHSTORE_");
  }
}
