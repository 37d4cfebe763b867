package dev.authstore.testing;

import static dev.authstore.testing.PostgresServer.encoded;

import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Where a server is, on the network or at a socket, as libpq writes it and as the driver does. */
record ServerUri(URI libpq) {

  private static final String DEFAULT_PORT = "5432";

  private static final String SOCKET_FACTORY =
      "org.newsclub.net.unix.AFUNIXSocketFactory$FactoryArg";

  static ServerUri of(String target) {
    return new ServerUri(URI.create(target));
  }

  int port() {
    return libpq.getPort() < 0
        ? Integer.parseInt(parameter("port").orElse(DEFAULT_PORT))
        : libpq.getPort();
  }

  String url(String database) {
    String query = libpq.getRawQuery() == null ? "" : "?" + libpq.getRawQuery();
    return "postgresql://" + authority() + "/" + encoded(database) + query;
  }

  /** The driver knows the parameters by the names that libpq has given them, as far as it goes. */
  String jdbcUrl(String database) {
    int at = authority().lastIndexOf('@');
    List<String> parameters = new ArrayList<>();
    if (at > 0) {
      parameters.add("user=" + authority().substring(0, at).replaceFirst(":", "&password="));
    }
    Optional<String> directory = parameter("host").filter(host -> host.startsWith("/"));
    directory.ifPresent(
        path -> {
          parameters.add("socketFactory=" + encoded(SOCKET_FACTORY));
          parameters.add("socketFactoryArg=" + encoded(path + "/.s.PGSQL." + port()));
        });
    parameters().filter(text -> !text.matches("(host|port)=.*")).forEach(parameters::add);
    String place = directory.isPresent() ? "localhost" : authority().substring(at + 1);
    String query = parameters.isEmpty() ? "" : "?" + String.join("&", parameters);
    return "jdbc:postgresql://" + place + "/" + encoded(database) + query;
  }

  /** Without what may be a password. */
  @Override
  public String toString() {
    return "ServerUri[port=" + port() + "]";
  }

  private String authority() {
    return Optional.ofNullable(libpq.getRawAuthority()).orElse("");
  }

  /** As they are written: none of those that are looked at needs an escape. */
  private Optional<String> parameter(String name) {
    return parameters()
        .filter(text -> text.startsWith(name + "="))
        .map(text -> text.substring(name.length() + 1))
        .findFirst();
  }

  private Stream<String> parameters() {
    return Optional.ofNullable(libpq.getRawQuery()).stream()
        .flatMap(query -> Arrays.stream(query.split("&", -1)));
  }
}
