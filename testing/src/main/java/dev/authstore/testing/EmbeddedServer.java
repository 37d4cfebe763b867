package dev.authstore.testing;

import io.zonky.test.db.postgres.embedded.DefaultPostgresBinaryResolver;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import io.zonky.test.db.postgres.embedded.PgBinaryResolver;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * PostgreSQL unpacked from binaries on the class path, on a free port of localhost. Safe for use by
 * any thread.
 *
 * <p>Everything it writes lies in one new directory in the temporary folder. Closing it stops the
 * server and deletes that directory; the end of the JVM does the same for a server left open. The
 * binaries are unpacked there too, which takes a second or two; the system property {@code
 * authstore.testing.binaries} names a folder that keeps them instead. The second server of a JVM
 * and those after it are copies of the first one as it was before it started.
 *
 * <p>The superuser is {@code postgres} and has no password.
 */
final class EmbeddedServer extends PostgresServer {

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

  private final Path home;
  private final Map<String, String> settings;
  private final Thread closer = new Thread(this::stop, "postgres-closer");
  private @Nullable EmbeddedPostgres postgres;

  private EmbeddedServer(Path home, Map<String, String> settings) {
    this.home = home;
    this.settings = settings;
  }

  static EmbeddedServer launched(Map<String, String> settings) {
    Map<String, String> all = new HashMap<>(SETTINGS);
    all.putAll(settings);
    EmbeddedServer server = new EmbeddedServer(newHome(), all);
    server.start(() -> FreshCluster.copyTo(server.dataDirectory()));
    return server;
  }

  /** Starts a copy of this server that follows it. It belongs to the caller. */
  EmbeddedServer startStandby() {
    EmbeddedServer standby = new EmbeddedServer(newHome(), settings);
    standby.start(
        () -> {
          Path data = standby.dataDirectory();
          BaseBackup.copy(this, dataDirectory(), data);
          Files.createFile(data.resolve("standby.signal"));
          Files.writeString(
              data.resolve("postgresql.auto.conf"),
              "primary_conninfo = 'host=localhost port=%d user=%s'%n".formatted(port(), SUPERUSER),
              StandardOpenOption.APPEND);
        });
    return standby;
  }

  @Override
  public int port() {
    return running().getPort();
  }

  @Override
  public DataSource dataSource(String database) {
    PGSimpleDataSource dataSource = new PGSimpleDataSource();
    dataSource.setServerNames(new String[] {"localhost"});
    dataSource.setPortNumbers(new int[] {port()});
    dataSource.setDatabaseName(database);
    dataSource.setUser(SUPERUSER);
    return dataSource;
  }

  @Override
  public String url(String database) {
    return "postgresql://%s@localhost:%d/%s".formatted(SUPERUSER, port(), encoded(database));
  }

  @Override
  public String jdbcUrl(String database) {
    return "jdbc:postgresql://localhost:%d/%s?user=%s"
        .formatted(port(), encoded(database), SUPERUSER);
  }

  /** Closing again does nothing. */
  @Override
  public void close() {
    stop();
    try {
      Runtime.getRuntime().removeShutdownHook(closer);
    } catch (IllegalStateException e) {
      // the JVM is ending: the hook runs, and finds nothing left to do
    }
  }

  @Override
  void closeWithTheJvm() {
    // arranged when it was started, for those that nobody closes
  }

  private synchronized EmbeddedPostgres running() {
    if (postgres == null) {
      throw new IllegalStateException("the server is closed");
    }
    return postgres;
  }

  private void start(Preparation data) {
    Runtime.getRuntime().addShutdownHook(closer);
    try {
      data.prepare();
      launch();
    } catch (IOException | SQLException | RuntimeException e) {
      String log = log();
      close();
      throw new IllegalStateException("PostgreSQL does not start: " + log, e);
    }
  }

  private synchronized void launch() throws IOException {
    Path binaries = Path.of(System.getProperty("authstore.testing.binaries", home.toString()));
    Redirect log = Redirect.appendTo(logFile().toFile());
    EmbeddedPostgres.Builder builder =
        EmbeddedPostgres.builder()
            .setPgBinaryResolver(new Binaries(binaries))
            .setOverrideWorkingDirectory(binaries.toFile())
            .setDataDirectory(dataDirectory())
            .setCleanDataDirectory(false) // makes what is not there, and leaves what is
            .setDataDirectoryCustomizer(data -> FreshCluster.keep(data.toPath()))
            .setLocaleConfig("locale", "C")
            .setOutputRedirector(log)
            .setErrorRedirector(log)
            .setPGStartupWait(Duration.ofMinutes(1))
            .setRegisterShutdownHook(false);
    settings.forEach(builder::setServerConfig);
    postgres = builder.start();
    if (process().isEmpty()) {
      throw new IOException("another server answers on port " + postgres.getPort());
    }
    removeUnusedFolder();
  }

  private synchronized void stop() {
    try {
      if (postgres != null) {
        postgres.close();
        postgres = null;
      }
      process().ifPresent(EmbeddedServer::end);
      Directories.delete(home);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A server that was told to stop has taken its name away; one that started halfway has not. */
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

  static Path temporaryFolder() {
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

  /** Fills the data directory, as far as the server shall not make it itself. */
  @FunctionalInterface
  private interface Preparation {
    void prepare() throws IOException, SQLException;
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
