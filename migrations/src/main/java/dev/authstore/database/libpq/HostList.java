package dev.authstore.database.libpq;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What the keywords for hosts, their addresses and their ports say together.
 *
 * @param hosts in the order in which they are tried; empty if there is a fault
 */
public record HostList(List<HostSpec> hosts, List<Fault> faults) {

  private static final int DEFAULT_PORT = 5432;
  private static final int LARGEST_PORT = 65535;

  /** Where servers put their sockets unless told otherwise. */
  private static final List<Path> SOCKET_DIRECTORIES =
      List.of(Path.of("/var/run/postgresql"), Path.of("/run/postgresql"), Path.of("/tmp"));

  public HostList {
    hosts = List.copyOf(hosts);
    faults = List.copyOf(faults);
  }

  /**
   * Empty texts stand for values that were not given. Without any host, the socket of a local
   * server is looked for, and {@code localhost} taken where there is none.
   */
  public static HostList of(String host, String hostaddr, String port) {
    List<Fault> faults = new ArrayList<>();
    LibpqKeyword.HOST.check("host", host).ifPresent(faults::add);
    LibpqKeyword.HOSTADDR.check("hostaddr", hostaddr).ifPresent(faults::add);
    LibpqKeyword.PORT.check("port", port).ifPresent(faults::add);
    if (!faults.isEmpty()) {
      return new HostList(List.of(), faults);
    }
    List<String> names = items(host.isEmpty() ? hostaddr : host);
    List<String> addresses = items(host.isEmpty() ? "" : hostaddr);
    List<String> ports = items(port);
    requireCount("hostaddr", addresses, names.size()).ifPresent(faults::add);
    requireCount("port", ports, names.size()).ifPresent(faults::add);
    requireOneKind(names).ifPresent(faults::add);
    if (!faults.isEmpty()) {
      return new HostList(List.of(), faults);
    }
    return new HostList(
        IntStream.range(0, names.size())
            .mapToObj(i -> hostSpec(names.get(i), item(addresses, i), portOf(item(ports, i))))
            .toList(),
        List.of());
  }

  static Optional<Fault> checkHosts(String key, String value) {
    for (String item : items(value)) {
      if (item.startsWith("@")) {
        return Optional.of(
            Fault.of(
                Fault.Kind.UNSUPPORTED_KEY, key, "abstract sockets and an @ are not supported"));
      }
      boolean directory = item.startsWith("/");
      if (item.chars()
          .anyMatch(c -> c < ' ' || c == 0x7f || (!directory && "@ ;=".indexOf(c) >= 0))) {
        return Optional.of(
            Fault.of(
                Fault.Kind.SYNTAX,
                key,
                "a host name contains a character that no host has",
                "in a URI, the characters @ : / ? % of a password are percent-encoded"));
      }
    }
    return Optional.empty();
  }

  static Optional<Fault> checkAddresses(String key, String value) {
    boolean numeric =
        items(value).stream()
            .allMatch(
                item ->
                    item.isEmpty() || item.matches("[0-9.]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.%a-z]*"));
    return numeric
        ? Optional.empty()
        : Optional.of(Fault.of(Fault.Kind.OUT_OF_RANGE, key, "expected numeric addresses"));
  }

  static Optional<Fault> checkPorts(String key, String value) {
    for (String item : items(value)) {
      if (!item.matches("[+-]?[0-9]+") && !item.isEmpty()) {
        return Optional.of(
            Fault.of(
                Fault.Kind.NO_INTEGER,
                key,
                "expected an integer from 1 to " + LARGEST_PORT,
                "in a URI, the characters @ : / ? % of a password are percent-encoded"));
      }
      if (!item.isEmpty() && portOf(item) < 0) {
        return Optional.of(
            Fault.of(
                Fault.Kind.OUT_OF_RANGE, key, "expected an integer from 1 to " + LARGEST_PORT));
      }
    }
    return Optional.empty();
  }

  /** One value serves all hosts. */
  private static Optional<Fault> requireCount(String key, List<String> values, int hosts) {
    return values.size() == 1 || values.size() == hosts
        ? Optional.empty()
        : Optional.of(
            Fault.of(
                Fault.Kind.OUT_OF_RANGE,
                key,
                "%d values for %d hosts".formatted(values.size(), hosts)));
  }

  private static Optional<Fault> requireOneKind(List<String> names) {
    boolean alone = names.size() == 1;
    boolean socket = names.stream().anyMatch(name -> name.isEmpty() || name.startsWith("/"));
    return alone || !socket
        ? Optional.empty()
        : Optional.of(
            Fault.of(
                Fault.Kind.UNSUPPORTED_KEY,
                "host",
                "a socket cannot be one of several hosts; an empty name stands for the local one"));
  }

  private static HostSpec hostSpec(String name, String address, int port) {
    if (name.startsWith("/")) {
      return new HostSpec.UnixSocket(Path.of(name), port);
    }
    return name.isEmpty() ? local(port) : new HostSpec.Tcp(name, notEmpty(address), port);
  }

  private static HostSpec local(int port) {
    return SOCKET_DIRECTORIES.stream()
        .map(directory -> new HostSpec.UnixSocket(directory, port))
        .filter(socket -> Files.exists(socket.file()))
        .<HostSpec>map(socket -> socket)
        .findFirst()
        .orElseGet(() -> new HostSpec.Tcp("localhost", Optional.empty(), port));
  }

  private static int portOf(String text) {
    if (text.isEmpty()) {
      return DEFAULT_PORT;
    }
    int port = text.matches("\\+?[0-9]{1,9}") ? Integer.parseInt(text) : -1;
    return port >= 1 && port <= LARGEST_PORT ? port : -1;
  }

  private static Optional<String> notEmpty(String text) {
    return Optional.of(text).filter(given -> !given.isEmpty());
  }

  private static String item(List<String> values, int index) {
    return values.size() == 1 ? values.get(0) : values.get(index);
  }

  private static List<String> items(String list) {
    return List.of(list.split(",", -1));
  }
}
