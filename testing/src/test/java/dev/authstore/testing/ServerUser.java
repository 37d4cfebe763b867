package dev.authstore.testing;

/** A program that uses the shared server and never closes it. Prints the server's process id. */
final class ServerUser {

  enum End {
    RETURN(0),
    EXCEPTION(1),
    EXIT(3);

    private final int exitCode;

    End(int exitCode) {
      this.exitCode = exitCode;
    }

    int exitCode() {
      return exitCode;
    }
  }

  private ServerUser() {}

  public static void main(String[] arguments) {
    End end = End.valueOf(arguments[0]);
    EmbeddedServer server = (EmbeddedServer) PostgresServer.shared();
    System.out.println(server.process().orElseThrow().pid());
    switch (end) {
      case RETURN -> {}
      case EXCEPTION -> throw new IllegalStateException("ended by an exception");
      case EXIT -> System.exit(end.exitCode());
    }
  }
}
