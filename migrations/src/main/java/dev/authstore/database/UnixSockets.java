package dev.authstore.database;

import dev.authstore.database.libpq.HostSpec;

/** What the driver needs for sockets of this machine: a library that need not be there. */
final class UnixSockets {

  static final String ARTIFACT = "com.kohlschutter.junixsocket:junixsocket-core";

  static final String FACTORY = "org.newsclub.net.unix.AFUNIXSocketFactory$FactoryArg";

  private UnixSockets() {}

  static boolean available() {
    try {
      Class.forName(FACTORY, false, UnixSockets.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  static String argument(HostSpec.UnixSocket socket) {
    return socket.file().toString();
  }
}
