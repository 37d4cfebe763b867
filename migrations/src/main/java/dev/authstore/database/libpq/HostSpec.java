package dev.authstore.database.libpq;

import java.nio.file.Path;
import java.util.Optional;

/** One place where a server may be. */
public sealed interface HostSpec {

  int port();

  /**
   * A server on the network.
   *
   * @param name what the certificate of the server is checked against, and what is connected to
   * @param address what is connected to instead
   */
  record Tcp(String name, Optional<String> address, int port) implements HostSpec {
    @Override
    public String toString() {
      return (name.indexOf(':') >= 0 ? "[" + name + "]" : name) + ":" + port;
    }
  }

  /** The socket {@code .s.PGSQL.<port>} in a directory. */
  record UnixSocket(Path directory, int port) implements HostSpec {
    public Path file() {
      return directory.resolve(".s.PGSQL." + port);
    }

    @Override
    public String toString() {
      return file().toString();
    }
  }
}
