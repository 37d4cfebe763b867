package dev.authstore.testing;

import java.util.Map;
import java.util.Optional;

/** Which server tests and code generation use: {@link PostgresServer} says how it is written. */
sealed interface ServerChoice {

  String PROPERTY = "authstore.testing.server";
  String VARIABLE = "AUTHSTORE_TESTING_SERVER";

  record Embedded() implements ServerChoice {
    @Override
    public PostgresServer open() {
      return EmbeddedServer.launched(Map.of());
    }
  }

  record Container(String image) implements ServerChoice {
    @Override
    public PostgresServer open() {
      try {
        return ContainerServer.launched(image);
      } catch (NoClassDefFoundError e) {
        throw new IllegalStateException(
            "a server in a container needs org.testcontainers:testcontainers-postgresql", e);
      }
    }
  }

  record Existing(String target) implements ServerChoice {
    @Override
    public PostgresServer open() {
      return ExistingServer.at(target);
    }

    @Override
    public String toString() {
      return "Existing[a server with credentials]";
    }
  }

  /** A server that the caller closes. */
  PostgresServer open();

  /** What the property says, else the variable, else the default. */
  static ServerChoice current() {
    return Optional.ofNullable(System.getProperty(PROPERTY))
        .or(() -> Optional.ofNullable(System.getenv(VARIABLE)))
        .map(ServerChoice::of)
        .orElseGet(Embedded::new);
  }

  static ServerChoice of(String text) {
    if (text.isBlank() || text.equals("embedded")) {
      return new Embedded();
    }
    if (text.matches("container:.+")) {
      return new Container(text.substring("container:".length()));
    }
    if (text.matches("postgres(ql)?://.+")) {
      return new Existing(text);
    }
    throw new IllegalArgumentException(
        "%s must be embedded, container:IMAGE or postgresql://…".formatted(PROPERTY));
  }
}
