package dev.authstore.testing;

import io.zonky.test.db.postgres.embedded.DefaultPostgresBinaryResolver;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import io.zonky.test.db.postgres.embedded.PgBinaryResolver;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A PostgreSQL server for builds and tests, on a free port of localhost. Safe for use by any
 * thread.
 *
 * <p>Everything it writes lies in one new directory in the temporary folder. Closing it stops the
 * server and deletes that directory; the end of the JVM does the same for a server left open. The
 * binaries are unpacked there too, which takes a second or two; the system property {@code
 * authstore.testing.binaries} names a folder that keeps them instead.
 *
 * <p>The superuser is {@code postgres} and has no password.
 */
public final class PostgresServer implements AutoCloseable {

  private static final String SUPERUSER = "postgres";

  private static final Map<String, String> SETTINGS =
      Map.of(
          "autovacuum", "off", // would change statistics while tests look at them
          "full_page_writes", "off",
          "jit", "off",
          "max_connections", "200",
          "max_wal_senders", "0", // wanted by the next line
          "wal_level", "minimal",
          "shared_preload_libraries", "pg_stat_statements",
          "unix_socket_directories", ""); // sockets would lie outside the directory

  private static @Nullable PostgresServer shared;

  private final Path home;
  private final Thread closer = new Thread(this::stop, "postgres-closer");
  private @Nullable EmbeddedPostgres postgres;

  private PostgresServer(Path home) {
    this.home = home;
  }

  /** Starts a server that belongs to the caller. */
  public static PostgresServer start() {
    PostgresServer server = new PostgresServer(newHome());
    Runtime.getRuntime().addShutdownHook(server.closer);
    try {
      server.launch();
      return server;
    } catch (IOException | RuntimeException e) {
      String log = server.log();
      server.close();
      throw new IllegalStateException("PostgreSQL does not start: " + log, e);
    }
  }

  /** The server of this JVM, for all to use and none to close. It starts when first asked for. */
  public static synchronized PostgresServer shared() {
    if (shared == null) {
      shared = start();
    }
    return shared;
  }

  public int port() {
    return running().getPort();
  }

  /** Plain connections of the superuser to a database, which need not exist yet. */
  public DataSource dataSource(String database) {
    PGSimpleDataSource dataSource = new PGSimpleDataSource();
    dataSource.setServerNames(new String[] {"localhost"});
    dataSource.setPortNumbers(new int[] {port()});
    dataSource.setDatabaseName(database);
    dataSource.setUser(SUPERUSER);
    return dataSource;
  }

  /** The same as text for the driver. */
  public String jdbcUrl(String database) {
    String encoded = URLEncoder.encode(database, StandardCharsets.UTF_8); // as the driver decodes
    return "jdbc:postgresql://localhost:%d/%s?user=%s".formatted(port(), encoded, SUPERUSER);
  }

  /** Stops the server; connections still open are cut. Closing again does nothing. */
  @Override
  public void close() {
    stop();
    try {
      Runtime.getRuntime().removeShutdownHook(closer);
    } catch (IllegalStateException e) {
      // the JVM is ending: the hook runs, and finds nothing left to do
    }
  }

  private synchronized EmbeddedPostgres running() {
    if (postgres == null) {
      throw new IllegalStateException("the server is closed");
    }
    return postgres;
  }

  private synchronized void launch() throws IOException {
    Path binaries = Path.of(System.getProperty("authstore.testing.binaries", home.toString()));
    Redirect log = Redirect.appendTo(logFile().toFile());
    EmbeddedPostgres.Builder builder =
        EmbeddedPostgres.builder()
            .setPgBinaryResolver(new Binaries(binaries))
            .setOverrideWorkingDirectory(binaries.toFile())
            .setDataDirectory(dataDirectory())
            .setLocaleConfig("locale", "C")
            .setOutputRedirector(log)
            .setErrorRedirector(log)
            .setPGStartupWait(Duration.ofMinutes(1))
            .setRegisterShutdownHook(false);
    SETTINGS.forEach(builder::setServerConfig);
    postgres = builder.start();
    if (process().isEmpty()) {
      throw new IOException("another server answers on port " + postgres.getPort());
    }
    removeUnusedFolder();
  }

  private synchronized void stop() {
    try {
      Optional<ProcessHandle> process = process();
      if (postgres != null) {
        postgres.close();
        postgres = null;
      }
      process.ifPresent(PostgresServer::end);
      deleteAll(home);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The server usually has ended by now; one that started halfway has not. */
  private static void end(ProcessHandle process) {
    if (process.isAlive() && process.destroyForcibly()) {
      process.onExit().orTimeout(10, TimeUnit.SECONDS).join();
    }
  }

  /** The process that the data directory says is at work on it. */
  Optional<ProcessHandle> process() {
    Path file = dataDirectory().resolve("postmaster.pid");
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try (Stream<String> lines = Files.lines(file)) {
      return lines.findFirst().map(String::strip).map(Long::valueOf).flatMap(ProcessHandle::of);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path dataDirectory() {
    return home.resolve("data");
  }

  private Path logFile() {
    return home.resolve("log");
  }

  private String log() {
    try {
      return Files.exists(logFile()) ? Files.readString(logFile()) : "";
    } catch (IOException e) {
      return "";
    }
  }

  private static Path newHome() {
    try {
      Path temporary = Files.createDirectories(temporaryFolder());
      Path home = Files.createTempDirectory(temporary, "authstore-postgres-");
      Files.createDirectory(home.resolve("data"));
      return home;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path temporaryFolder() {
    return Path.of(System.getProperty("java.io.tmpdir"));
  }

  /** The library makes a folder of its own even when told to use another one. */
  private static void removeUnusedFolder() throws IOException {
    try {
      Files.deleteIfExists(temporaryFolder().resolve("embedded-pg"));
    } catch (DirectoryNotEmptyException e) {
      // somebody else uses it
    }
  }

  private static void deleteAll(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /**
   * The binaries unpacked in one directory. The library keeps one copy per resolver and JVM, and a
   * server must not use a copy that another one deletes.
   */
  private record Binaries(Path directory) implements PgBinaryResolver {
    @Override
    public InputStream getPgBinary(String system, String machine) throws IOException {
      return DefaultPostgresBinaryResolver.INSTANCE.getPgBinary(system, machine);
    }
  }
}
