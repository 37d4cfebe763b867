package dev.authstore.database;

import dev.authstore.database.ConfigProblem.Code;
import dev.authstore.database.libpq.HostList;
import dev.authstore.database.libpq.HostSpec;
import dev.authstore.database.libpq.LibpqKeyword;
import dev.authstore.database.libpq.PasswordFile;
import dev.authstore.database.tls.KeyPermissions;
import dev.authstore.database.tls.Material;
import dev.authstore.database.tls.TlsMode;
import dev.authstore.database.tls.TlsSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads how to connect. */
final class ConnectionReader {

  /** Those that the driver is handed as they are. */
  private static final Set<LibpqKeyword> PASSED =
      Set.of(
          LibpqKeyword.SSLNEGOTIATION,
          LibpqKeyword.CHANNEL_BINDING,
          LibpqKeyword.REQUIRE_AUTH,
          LibpqKeyword.GSSENCMODE,
          LibpqKeyword.KRBSRVNAME,
          LibpqKeyword.GSSLIB,
          LibpqKeyword.KEEPALIVES,
          LibpqKeyword.KEEPALIVES_IDLE,
          LibpqKeyword.KEEPALIVES_INTERVAL,
          LibpqKeyword.KEEPALIVES_COUNT);

  private final EffectiveValues values;
  private final ConfigSources sources;
  private final Findings findings;
  private final boolean separateKeys;

  /**
   * @param separateKeys whether the target is given key by key, where TLS is the default
   */
  ConnectionReader(
      EffectiveValues values, ConfigSources sources, Findings findings, boolean separateKeys) {
    this.values = values;
    this.sources = sources;
    this.findings = findings;
    this.separateKeys = separateKeys;
  }

  ConnectionSpec read() {
    List<HostSpec> hosts = hosts();
    return read(hosts, target(hosts));
  }

  /** One that is not asked whether it can be written to: once promoted, it still answers. */
  ConnectionSpec readReplica() {
    values
        .keyword(LibpqKeyword.TARGET_SESSION_ATTRS)
        .filter(given -> !Set.of("", SessionTarget.ANY.text()).contains(given.text()))
        .ifPresent(
            given ->
                findings.problem(
                    Code.UNSUPPORTED_KEY,
                    given.name(),
                    given.origin(),
                    "any server will do as a replica",
                    "leave it out"));
    return read(hosts(), SessionTarget.ANY);
  }

  private ConnectionSpec read(List<HostSpec> hosts, SessionTarget target) {
    String user = values.text(Setting.USERNAME).orElse(sources.userName());
    TlsSettings tls =
        new TlsReader(values, sources, findings)
            .read(separateKeys ? TlsMode.REQUIRE : TlsMode.PREFER);
    return new ConnectionSpec(
        hosts,
        keywordIs(LibpqKeyword.LOAD_BALANCE_HOSTS, "random"),
        target,
        new Credentials(user, password(), passwordFile()),
        values.text(Setting.DATABASE).orElse(user),
        onSocket(hosts) ? withoutTls(tls) : requireName(hosts, tls),
        values.duration(Setting.CONNECT_TIMEOUT_TCP),
        passed(),
        sessions());
  }

  private ConnectionSpec.Sessions sessions() {
    return new ConnectionSpec.Sessions(
        applicationName(),
        values.text(Setting.OPTIONS),
        Optional.empty(),
        values.duration(Setting.SOCKET_TIMEOUT),
        values.truth(Setting.TRANSACTION_POOLER) ? 0 : values.integer(Setting.PREPARED_STATEMENTS));
  }

  private List<HostSpec> hosts() {
    Optional<Value> socket = values.direct(Setting.SOCKET);
    Optional<Value> host = values.given(Setting.HOST);
    if (socket.isPresent() && values.direct(Setting.HOST).isPresent()) {
      conflict(socket.get(), "excludes " + host.orElseThrow().name());
    }
    socket.ifPresent(this::requireDirectory);
    Optional<Value> place = socket.or(() -> host);
    String address = textOf(values.keyword(LibpqKeyword.HOSTADDR));
    String ports = textOf(values.value(Setting.PORT));
    boolean checked =
        LibpqKeyword.HOST.check("", textOf(place)).isEmpty()
            && LibpqKeyword.HOSTADDR.check("", address).isEmpty()
            && LibpqKeyword.PORT.check("", ports).isEmpty();
    if (!checked) { // told already
      return List.of();
    }
    HostList list = HostList.of(textOf(place), address, ports);
    Value at = place.or(() -> values.value(Setting.PORT)).orElseThrow();
    list.faults().forEach(fault -> findings.fault(fault, at.name(), at.origin()));
    return UnixSockets.available() ? list.hosts() : withoutSockets(list.hosts(), place);
  }

  private List<HostSpec> withoutSockets(List<HostSpec> hosts, Optional<Value> place) {
    if (!onSocket(hosts)) {
      return hosts;
    }
    if (place.isPresent()) {
      findings.problem(
          Code.DRIVER_MISSING,
          place.get().name(),
          place.get().origin(),
          "sockets need a library that is not there",
          "add " + UnixSockets.ARTIFACT);
      return hosts;
    }
    findings.warn(
        "the local socket cannot be used without %s, localhost is taken"
            .formatted(UnixSockets.ARTIFACT));
    return List.of(new HostSpec.Tcp("localhost", Optional.empty(), hosts.get(0).port()));
  }

  private void requireDirectory(Value socket) {
    Path directory = Path.of(socket.text());
    if (!directory.isAbsolute() || !Files.isDirectory(directory)) {
      findings.problem(
          Code.FILE_MISSING, socket.name(), socket.origin(), "is no absolute path of a directory");
    }
  }

  private SessionTarget target(List<HostSpec> hosts) {
    Optional<Value> given =
        values.keyword(LibpqKeyword.TARGET_SESSION_ATTRS).filter(value -> !value.text().isEmpty());
    Optional<SessionTarget> target = given.map(Value::text).flatMap(SessionTarget::named);
    if (given.isPresent() && target.isEmpty()) {
      findings.problem(
          Code.UNSUPPORTED_KEY,
          given.get().name(),
          given.get().origin(),
          "a server that cannot be written to is of no use here",
          "use any, read-write or primary");
    }
    return target.orElse(hosts.size() > 1 ? SessionTarget.READ_WRITE : SessionTarget.ANY);
  }

  private Optional<Material> password() {
    Optional<Value> text = values.given(Setting.PASSWORD);
    Optional<Value> file = values.direct(Setting.PASSWORD_FILE);
    if (text.isPresent() && file.isPresent() && values.direct(Setting.PASSWORD).isPresent()) {
      conflict(text.get(), "is the same as " + file.get().name());
    }
    file.ifPresent(value -> checkSecretFile(value, findings));
    return file.isPresent()
        ? file.map(value -> new Material.InFile(Path.of(value.text())))
        : text.map(value -> new Material.Inline(value.text()));
  }

  /** That of libpq; one that was named must be usable, the one in the home directory may be. */
  private Optional<PasswordFile> passwordFile() {
    Optional<Value> named =
        values.keyword(LibpqKeyword.PASSFILE).filter(value -> !value.text().isEmpty());
    Path path = named.map(value -> Path.of(value.text())).orElse(sources.home().resolve(".pgpass"));
    PasswordFile file = new PasswordFile(path);
    if (named.isEmpty() && !Files.exists(path)) {
      return Optional.empty();
    }
    var fault = file.check();
    if (fault.isPresent() && named.isPresent()) {
      findings.fault(fault.get(), named.get().name(), named.get().origin());
    } else {
      fault.ifPresent(
          problem -> findings.warn("%s is ignored: %s".formatted(path, problem.message())));
    }
    return fault.isPresent() ? Optional.empty() : Optional.of(file);
  }

  static void checkSecretFile(Value value, Findings findings) {
    Path path = Path.of(value.text());
    try {
      new Material.InFile(path).read();
      if (KeyPermissions.isOpen(path)) {
        findings.warn("%s: others than its owner may read file %s".formatted(value.name(), path));
      }
    } catch (IOException e) {
      findings.problem(
          Files.exists(path) ? Code.FILE_UNREADABLE : Code.FILE_MISSING,
          value.name(),
          value.origin(),
          "file %s cannot be read".formatted(path));
    }
  }

  private TlsSettings withoutTls(TlsSettings tls) {
    Optional<Value> mode = values.given(Setting.SSL_MODE);
    if (mode.isPresent() && !tls.mode().isWeakerThan(TlsMode.REQUIRE)) {
      findings.warn(mode.get().name() + " is ignored: there is no TLS on a socket");
    }
    return tls.disabled();
  }

  /** A bare address has no name to compare, or to ask a ticket for. */
  private TlsSettings requireName(List<HostSpec> hosts, TlsSettings tls) {
    boolean byAddress =
        hosts.stream()
            .anyMatch(host -> host instanceof HostSpec.Tcp tcp && tcp.address().isPresent());
    boolean needed =
        tls.mode() == TlsMode.VERIFY_FULL || keywordIs(LibpqKeyword.GSSENCMODE, "require");
    if (byAddress && needed) {
      Value address = values.keyword(LibpqKeyword.HOSTADDR).orElseThrow();
      findings.problem(
          Code.UNSUPPORTED_KEY,
          address.name(),
          address.origin(),
          "the driver could not check the name of the host",
          "let host alone name the server");
    }
    return tls;
  }

  private String applicationName() {
    return values
        .given(Setting.APPLICATION_NAME)
        .or(() -> values.keyword(LibpqKeyword.FALLBACK_APPLICATION_NAME))
        .map(Value::text)
        .filter(name -> !name.isEmpty())
        .orElseGet(() -> values.usable(Setting.APPLICATION_NAME));
  }

  private Map<LibpqKeyword, String> passed() {
    Map<LibpqKeyword, String> passed = new EnumMap<>(LibpqKeyword.class);
    for (LibpqKeyword keyword : PASSED) {
      values
          .keyword(keyword)
          .map(Value::text)
          .filter(text -> !text.isEmpty())
          .ifPresent(text -> passed.put(keyword, text));
    }
    return passed;
  }

  private boolean keywordIs(LibpqKeyword keyword, String text) {
    return values.keyword(keyword).filter(value -> value.text().equals(text)).isPresent();
  }

  private void conflict(Value value, String message) {
    findings.problem(Code.CONFLICTING_KEYS, value.name(), value.origin(), message);
  }

  private static boolean onSocket(List<HostSpec> hosts) {
    return hosts.stream().anyMatch(host -> host instanceof HostSpec.UnixSocket);
  }

  private static String textOf(Optional<Value> value) {
    return value.map(Value::text).orElse("");
  }
}
