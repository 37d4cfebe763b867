package dev.authstore.database.tls;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** How much protection a connection must have, from none to full. */
public enum TlsMode {
  /** No TLS. */
  DISABLE("plain only", "not checked", "not checked"),
  /** TLS only if the server insists. */
  ALLOW("plain, TLS if the server refuses that", "not checked", "not checked"),
  /** TLS if the server has it. */
  PREFER("TLS, plain if the server has none", "not checked", "not checked"),
  /** TLS, which keeps off listeners, but not somebody in the middle. */
  REQUIRE("TLS only", "checked if certificates to trust are given", "not checked"),
  /** TLS with a server that holds a certificate of the given authority. */
  VERIFY_CA("TLS only", "checked", "not checked"),
  /** TLS with the very server that was named. */
  VERIFY_FULL("TLS only", "checked", "checked");

  private final String connection;
  private final String chain;
  private final String hostName;

  TlsMode(String connection, String chain, String hostName) {
    this.connection = connection;
    this.chain = chain;
    this.hostName = hostName;
  }

  /** As it is written in settings. */
  public String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  public static Optional<TlsMode> named(String text) {
    return Stream.of(values()).filter(mode -> mode.text().equals(text)).findFirst();
  }

  /** What is connected, and what is looked at, in words. */
  public String describe() {
    return "%s | %s | %s".formatted(connection, chain, hostName);
  }

  public boolean isWeakerThan(TlsMode other) {
    return compareTo(other) < 0;
  }
}
