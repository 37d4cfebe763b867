package dev.authstore.database.libpq;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Named groups of keywords: lines of {@code keyword=value} below a line {@code [name]}. */
public record ServiceFile(Path path) {

  /** What the file says about one service. */
  public ConnectionString read(String service) {
    try {
      return read(service, Files.readAllLines(path));
    } catch (IOException e) {
      return failed(Fault.of(Fault.Kind.UNREADABLE_FILE, "service", "its file cannot be read"));
    }
  }

  private static ConnectionString read(String service, List<String> lines) {
    Map<LibpqKeyword, String> keywords = new EnumMap<>(LibpqKeyword.class);
    List<Fault> faults = new ArrayList<>();
    boolean found = false;
    boolean inside = false;
    for (String line : lines.stream().map(String::strip).toList()) {
      if (line.startsWith("[")) {
        inside = !found && line.equals("[" + service + "]");
        found |= inside;
      } else if (inside && !line.isEmpty() && !line.startsWith("#")) {
        readLine(line, keywords).ifPresent(faults::add);
      }
    }
    return found
        ? new ConnectionString(keywords, Map.of(), faults)
        : failed(Fault.of(Fault.Kind.UNKNOWN_KEY, "service", "its file does not define it"));
  }

  private static Optional<Fault> readLine(String line, Map<LibpqKeyword, String> keywords) {
    int equals = line.indexOf('=');
    if (line.startsWith("ldap")) {
      return Optional.of(
          Fault.of(Fault.Kind.UNSUPPORTED_KEY, "service", "look-ups in LDAP are not supported"));
    }
    if (equals < 0) {
      return Optional.of(
          Fault.of(Fault.Kind.SYNTAX, "service", "a line is not of the form keyword=value"));
    }
    String value = line.substring(equals + 1);
    Optional<LibpqKeyword> keyword = LibpqKeyword.named(line.substring(0, equals));
    if (keyword.isEmpty()) {
      return Optional.of(
          Fault.of(Fault.Kind.UNKNOWN_KEY, "service", "it has a keyword that is not known"));
    }
    if (keyword.get() == LibpqKeyword.SERVICE) {
      return Optional.of(
          Fault.of(Fault.Kind.UNSUPPORTED_KEY, "service", "a service cannot name another one"));
    }
    keywords.putIfAbsent(keyword.get(), value);
    return keyword.get().check(keyword.get().keyword(), value);
  }

  private static ConnectionString failed(Fault fault) {
    return new ConnectionString(Map.of(), Map.of(), List.of(fault));
  }
}
