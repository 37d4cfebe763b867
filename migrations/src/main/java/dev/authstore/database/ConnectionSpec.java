package dev.authstore.database;

import dev.authstore.database.libpq.HostSpec;
import dev.authstore.database.libpq.LibpqKeyword;
import dev.authstore.database.tls.TlsSettings;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * How to connect: everything that the driver must be told, and what we do before and after.
 *
 * @param hosts tried in this order, or in any if {@code shuffled}
 * @param target which of them will do
 * @param connectTimeout for each host
 * @param passed keywords that the driver is handed under names of its own
 */
record ConnectionSpec(
    List<HostSpec> hosts,
    boolean shuffled,
    SessionTarget target,
    Credentials credentials,
    String database,
    TlsSettings tls,
    Duration connectTimeout,
    Map<LibpqKeyword, String> passed,
    Sessions sessions) {

  /**
   * How sessions begin.
   *
   * @param options their command line for the server
   * @param setUp the statement that comes first, which a pooler may not allow
   * @param socketTimeout how long an answer may take; zero is off
   * @param preparedStatements that a connection keeps, zero for none
   */
  record Sessions(
      String applicationName,
      Optional<String> options,
      Optional<String> setUp,
      Duration socketTimeout,
      int preparedStatements) {}

  ConnectionSpec {
    hosts = List.copyOf(hosts);
    passed =
        Collections.unmodifiableMap(
            passed.isEmpty() ? new EnumMap<>(LibpqKeyword.class) : new EnumMap<>(passed));
  }

  /** The same server for somebody else. */
  ConnectionSpec with(Credentials otherCredentials, Sessions otherSessions) {
    return new ConnectionSpec(
        hosts,
        shuffled,
        target,
        otherCredentials,
        database,
        tls,
        connectTimeout,
        passed,
        otherSessions);
  }

  /** The user, the hosts and the database, as operators know them. */
  @Override
  public String toString() {
    String where = hosts.stream().map(HostSpec::toString).collect(Collectors.joining(","));
    return "%s@%s/%s".formatted(credentials.user(), where, database);
  }
}
