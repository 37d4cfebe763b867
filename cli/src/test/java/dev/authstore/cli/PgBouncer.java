package dev.authstore.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A PgBouncer in front of a server, from the machine's own package. */
final class PgBouncer implements AutoCloseable {
  private static final Duration DEADLINE = Duration.ofSeconds(10);

  private final int port;
  private final Process process;

  private PgBouncer(int port, Process process) {
    this.port = port;
    this.process = process;
  }

  /** How long a client has a session of the server. */
  enum Mode {
    SESSION,
    TRANSACTION;

    private String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Starts one.
   *
   * @param serverPort of a server on this machine that trusts the role {@code postgres}
   * @param connections to the server, which all clients share
   */
  static PgBouncer start(int serverPort, Mode mode, int connections) throws IOException {
    int port = freePort();
    Path temporary = Files.createDirectories(Path.of(System.getProperty("java.io.tmpdir")));
    Path directory = Files.createTempDirectory(temporary, "pgbouncer-");
    Path settings =
        Files.writeString(
            directory.resolve("pgbouncer.ini"),
            """
            [databases]
            * = host=127.0.0.1 port=%d user=postgres
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = %d
            unix_socket_dir =
            auth_type = any
            pool_mode = %s
            default_pool_size = %d
            max_client_conn = 200
            ignore_startup_parameters = extra_float_digits, options
            """
                .formatted(serverPort, port, mode.text(), connections));
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    List<String> command = new ArrayList<>(List.of("pgbouncer"));
    if (System.getProperty("user.name").equals("root")) {
      command.addAll(List.of("-u", "nobody")); // it refuses to run as root
    }
    command.add(settings.toString());
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(Redirect.to(directory.resolve("log").toFile()))
            .start();
    PgBouncer pooler = new PgBouncer(port, process);
    pooler.awaitListening(directory.resolve("log"));
    return pooler;
  }

  int port() {
    return port;
  }

  @Override
  public void close() {
    process.destroy();
    process.onExit().orTimeout(DEADLINE.toSeconds(), TimeUnit.SECONDS).join();
  }

  private void awaitListening(Path log) throws IOException {
    long deadline = System.nanoTime() + DEADLINE.toNanos();
    while (!isListening()) {
      if (!process.isAlive() || System.nanoTime() > deadline) {
        close();
        throw new AssertionError("PgBouncer does not start: " + Files.readString(log));
      }
      LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
    }
  }

  private boolean isListening() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
