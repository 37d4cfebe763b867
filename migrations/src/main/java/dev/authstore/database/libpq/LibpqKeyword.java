package dev.authstore.database.libpq;

import static dev.authstore.database.libpq.LibpqKeyword.Use.ONE_VALUE;
import static dev.authstore.database.libpq.LibpqKeyword.Use.PASSED_ON;
import static dev.authstore.database.libpq.LibpqKeyword.Use.REFUSED;
import static dev.authstore.database.libpq.LibpqKeyword.Use.TRANSLATED;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** What may stand in a connection string: the keywords of libpq 18, and what becomes of each. */
public enum LibpqKeyword {
  HOST(
      "PGHOST",
      TRANSLATED,
      KeywordRule.ANY,
      "Name, address or socket directory; a list is tried in order."),
  HOSTADDR(
      "PGHOSTADDR",
      TRANSLATED,
      KeywordRule.ANY,
      "Numeric address to connect to; `host` then names the server only."),
  PORT("PGPORT", TRANSLATED, KeywordRule.ANY, "One for all hosts, or one for each."),
  DBNAME("PGDATABASE", PASSED_ON, KeywordRule.ANY, "The user name by default."),
  USER("PGUSER", PASSED_ON, KeywordRule.ANY, "The operating system's user by default."),
  PASSWORD("PGPASSWORD", PASSED_ON, KeywordRule.ANY, "Shown nowhere."),
  PASSFILE("PGPASSFILE", TRANSLATED, KeywordRule.ANY, "Password file, `~/.pgpass` by default."),
  SERVICE(
      "PGSERVICE",
      TRANSLATED,
      KeywordRule.ANY,
      "Section of the service file; what it says ranks below the connection string."),
  CONNECT_TIMEOUT(
      "PGCONNECT_TIMEOUT",
      TRANSLATED,
      KeywordRule.integer(1, 600),
      "Seconds for each host, 10 by default. To wait for ever cannot be asked for."),
  OPTIONS(
      "PGOPTIONS",
      PASSED_ON,
      KeywordRule.ANY,
      "Server settings as `-c name=value`; blanks separate, a backslash keeps one."),
  APPLICATION_NAME(
      "PGAPPNAME",
      PASSED_ON,
      KeywordRule.with("at most 63 bytes of ASCII", LibpqKeyword::isShortAscii),
      "How the sessions show in `pg_stat_activity`."),
  FALLBACK_APPLICATION_NAME(
      "",
      TRANSLATED,
      KeywordRule.with("at most 63 bytes of ASCII", LibpqKeyword::isShortAscii),
      "Used where nothing else names the application."),
  CLIENT_ENCODING(
      "PGCLIENTENCODING",
      ONE_VALUE,
      KeywordRule.only("UTF8", "UTF-8", "auto"),
      "The driver speaks UTF-8 only."),
  KEEPALIVES("", TRANSLATED, KeywordRule.oneOf("0", "1"), "On by default."),
  KEEPALIVES_IDLE(
      "",
      TRANSLATED,
      KeywordRule.integer(0, 32767),
      "Seconds; 0 is the system's value. Linux and macOS only."),
  KEEPALIVES_INTERVAL(
      "",
      TRANSLATED,
      KeywordRule.integer(0, 32767),
      "Seconds; 0 is the system's value. Linux and macOS only."),
  KEEPALIVES_COUNT(
      "",
      TRANSLATED,
      KeywordRule.integer(0, 127),
      "0 is the system's value. Linux and macOS only."),
  TCP_USER_TIMEOUT("", ONE_VALUE, KeywordRule.only("0"), "Use `DB_SOCKET_TIMEOUT`."),
  SSLMODE(
      "PGSSLMODE",
      TRANSLATED,
      KeywordRule.oneOf("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
      "See TLS modes."),
  SSLNEGOTIATION(
      "PGSSLNEGOTIATION",
      PASSED_ON,
      KeywordRule.oneOf("postgres", "direct"),
      "`direct` needs `sslmode` require or stronger, and PostgreSQL 17."),
  SSLCOMPRESSION(
      "PGSSLCOMPRESSION", ONE_VALUE, KeywordRule.only("0"), "TLS compression is unsafe."),
  SSLCERT(
      "PGSSLCERT",
      TRANSLATED,
      KeywordRule.ANY,
      "Client certificate, a PEM file. Nothing is looked up in the home directory."),
  SSLKEY(
      "PGSSLKEY",
      TRANSLATED,
      KeywordRule.with("a file, no OpenSSL engine", LibpqKeyword::isNoEngine),
      "Key of the client certificate: PKCS#8 in PEM or DER, encrypted or not, or PKCS#12."),
  SSLCERTMODE(
      "PGSSLCERTMODE",
      TRANSLATED,
      KeywordRule.oneOf("disable", "allow"),
      "`disable` sends no client certificate."),
  SSLPASSWORD("", TRANSLATED, KeywordRule.ANY, "Password of the key. Shown nowhere."),
  SSLROOTCERT(
      "PGSSLROOTCERT",
      TRANSLATED,
      KeywordRule.ANY,
      "Certificates to trust, a PEM file, or `system` for those of the JVM."),
  SSLCRL("PGSSLCRL", REFUSED, KeywordRule.NONE, "Switch on revocation checking of the JVM."),
  SSLCRLDIR("PGSSLCRLDIR", REFUSED, KeywordRule.NONE, "Switch on revocation checking of the JVM."),
  SSLSNI("PGSSLSNI", ONE_VALUE, KeywordRule.only("1"), "The JVM sends the server's name."),
  REQUIREPEER("PGREQUIREPEER", REFUSED, KeywordRule.NONE, "The peer of a socket is not checked."),
  REQUIRE_AUTH(
      "PGREQUIREAUTH",
      TRANSLATED,
      KeywordRule.methods("password", "md5", "gss", "sspi", "scram-sha-256", "none"),
      "How the server may ask who we are."),
  CHANNEL_BINDING(
      "PGCHANNELBINDING",
      PASSED_ON,
      KeywordRule.oneOf("disable", "prefer", "require"),
      "`require` needs TLS."),
  SSL_MIN_PROTOCOL_VERSION(
      "PGSSLMINPROTOCOLVERSION",
      TRANSLATED,
      KeywordRule.oneOf("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"),
      "Older ones than TLSv1.2 are raised to it."),
  SSL_MAX_PROTOCOL_VERSION(
      "PGSSLMAXPROTOCOLVERSION",
      TRANSLATED,
      KeywordRule.oneOf("TLSv1.2", "TLSv1.3"),
      "The newest by default."),
  MIN_PROTOCOL_VERSION(
      "PGMINPROTOCOLVERSION", ONE_VALUE, KeywordRule.only("3.0"), "The driver speaks 3.0."),
  MAX_PROTOCOL_VERSION(
      "PGMAXPROTOCOLVERSION",
      ONE_VALUE,
      KeywordRule.only("3.0", "3.2", "latest"),
      "The driver speaks 3.0."),
  GSSENCMODE(
      "PGGSSENCMODE",
      PASSED_ON,
      KeywordRule.oneOf("disable", "prefer", "require"),
      "`disable` by default, which saves a round trip."),
  KRBSRVNAME("PGKRBSRVNAME", PASSED_ON, KeywordRule.ANY, "`postgres` by default."),
  GSSLIB("PGGSSLIB", PASSED_ON, KeywordRule.oneOf("gssapi", "sspi"), "Windows only."),
  GSSDELEGATION(
      "PGGSSDELEGATION", ONE_VALUE, KeywordRule.only("0"), "Credentials are not handed on."),
  REPLICATION(
      "",
      ONE_VALUE,
      KeywordRule.only("false", "off", "no", "0"),
      "Replication connections run no statements."),
  TARGET_SESSION_ATTRS(
      "PGTARGETSESSIONATTRS",
      TRANSLATED,
      KeywordRule.oneOf("any", "read-write", "read-only", "primary", "standby", "prefer-standby"),
      "`any` for one host, `read-write` for several."),
  LOAD_BALANCE_HOSTS(
      "PGLOADBALANCEHOSTS",
      TRANSLATED,
      KeywordRule.oneOf("disable", "random"),
      "`random` shuffles the hosts for each connection."),
  SCRAM_CLIENT_KEY("", REFUSED, KeywordRule.NONE, "SCRAM secrets are not handed through."),
  SCRAM_SERVER_KEY("", REFUSED, KeywordRule.NONE, "SCRAM secrets are not handed through."),
  OAUTH_ISSUER("", REFUSED, KeywordRule.NONE, "The driver does not log in by OAuth."),
  OAUTH_CLIENT_ID("", REFUSED, KeywordRule.NONE, "The driver does not log in by OAuth."),
  OAUTH_CLIENT_SECRET("", REFUSED, KeywordRule.NONE, "The driver does not log in by OAuth."),
  OAUTH_SCOPE("", REFUSED, KeywordRule.NONE, "The driver does not log in by OAuth."),
  SSLKEYLOGFILE("", REFUSED, KeywordRule.NONE, "TLS keys are not written down.");

  /** What becomes of a value. */
  public enum Use {
    /** The driver gets it as it is. */
    PASSED_ON,
    /** The driver gets it under another name or in other words, or we do what it says. */
    TRANSLATED,
    /** Only the values are accepted that change nothing. */
    ONE_VALUE,
    /** Always a mistake: to ignore it could make the connection less safe than asked for. */
    REFUSED
  }

  private final String environment;
  private final Use use;

  @SuppressWarnings("ImmutableEnumChecker") // its functions hold no state
  private final KeywordRule rule;

  private final String note;

  LibpqKeyword(String environment, Use use, KeywordRule rule, String note) {
    this.environment = environment;
    this.use = use;
    this.rule = rule;
    this.note = note;
  }

  /** As it stands in a connection string. */
  public String keyword() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The variable that libpq reads it from. */
  public Optional<String> environment() {
    return environment.isEmpty() ? Optional.empty() : Optional.of(environment);
  }

  public Use use() {
    return use;
  }

  /** The accepted values, in words. */
  public String expected() {
    return rule.expected();
  }

  /** A sentence for operators. */
  public String note() {
    return note;
  }

  /** Whether its value must not be shown. */
  public boolean isSecret() {
    return switch (this) {
      case PASSWORD, SSLPASSWORD, SCRAM_CLIENT_KEY, SCRAM_SERVER_KEY, OAUTH_CLIENT_SECRET -> true;
      default -> false;
    };
  }

  /** Other spellings, of drivers of other languages. */
  public List<String> aliases() {
    return switch (this) {
      case SSLMODE -> List.of("ssl-mode");
      case SSLROOTCERT -> List.of("ssl-root-cert", "ssl-ca");
      case SSLCERT -> List.of("ssl-cert");
      case SSLKEY -> List.of("ssl-key");
      default -> List.of();
    };
  }

  /** The keyword or alias of that spelling; case matters. */
  public static Optional<LibpqKeyword> named(String name) {
    return Stream.of(values())
        .filter(known -> known.keyword().equals(name) || known.aliases().contains(name))
        .findFirst();
  }

  /**
   * What is wrong with a value, if something is.
   *
   * @param key the name under which it was given
   */
  public Optional<Fault> check(String key, String value) {
    return switch (this) {
      case HOST -> HostList.checkHosts(key, value);
      case HOSTADDR -> HostList.checkAddresses(key, value);
      case PORT -> HostList.checkPorts(key, value);
      default -> rule.refusal(value).map(kind -> fault(kind, key));
    };
  }

  private Fault fault(Fault.Kind kind, String key) {
    return kind == Fault.Kind.UNSUPPORTED_KEY
        ? Fault.of(kind, key, rule.expected(), note)
        : Fault.of(kind, key, "expected " + rule.expected());
  }

  private static boolean isShortAscii(String value) {
    return value.length() <= 63 && value.chars().allMatch(c -> c >= ' ' && c < 0x7f);
  }

  /** OpenSSL would read {@code engine:key}; a drive letter is no engine. */
  private static boolean isNoEngine(String value) {
    return !value.matches("[A-Za-z0-9_-]{2,}:.*");
  }
}
