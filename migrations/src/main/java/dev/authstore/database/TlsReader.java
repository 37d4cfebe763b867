package dev.authstore.database;

import dev.authstore.database.ConfigProblem.Code;
import dev.authstore.database.Origin.Source;
import dev.authstore.database.libpq.LibpqKeyword;
import dev.authstore.database.tls.Material;
import dev.authstore.database.tls.TlsMaterialException;
import dev.authstore.database.tls.TlsMode;
import dev.authstore.database.tls.TlsSettings;
import java.nio.file.Path;
import java.util.Optional;

/** Reads the settings of TLS. */
final class TlsReader {

  private static final String OLDEST = "TLSv1.2";
  private static final String SYSTEM = "system";

  private final EffectiveValues values;
  private final ConfigSources sources;
  private final Findings findings;

  TlsReader(EffectiveValues values, ConfigSources sources, Findings findings) {
    this.values = values;
    this.sources = sources;
    this.findings = findings;
  }

  /**
   * @param byDefault the mode if nothing says it
   */
  TlsSettings read(TlsMode byDefault) {
    Optional<Value> authority = given(Setting.SSL_CA, Setting.SSL_CA_FILE);
    boolean system =
        authority.filter(value -> value.text().equals(SYSTEM)).isPresent()
            && !values.isGiven(Setting.SSL_CA);
    TlsMode mode = mode(system ? TlsMode.VERIFY_FULL : byDefault);
    if (system && mode != TlsMode.VERIFY_FULL) {
      problem(
          authority,
          "the JVM's certificates prove nothing unless the host name is checked",
          "use verify-full");
    }
    if (mode == TlsMode.VERIFY_CA && authority.isEmpty()) {
      problem(
          values.given(Setting.SSL_MODE),
          "there is no certificate to trust",
          "set ssl_ca_file, or use verify-full");
    }
    requireStrongNegotiation(mode);
    boolean anonymous =
        values
            .keyword(LibpqKeyword.SSLCERTMODE)
            .filter(v -> v.text().equals("disable"))
            .isPresent();
    Optional<Material> key =
        anonymous ? Optional.empty() : material(Setting.SSL_KEY, Setting.SSL_KEY_FILE);
    TlsSettings tls =
        new TlsSettings(
            mode,
            system ? Optional.empty() : material(Setting.SSL_CA, Setting.SSL_CA_FILE),
            anonymous
                ? Optional.empty()
                : material(Setting.SSL_CERTIFICATE, Setting.SSL_CERTIFICATE_FILE),
            key,
            key.isEmpty()
                ? Optional.empty()
                : material(Setting.SSL_KEY_PASSWORD, Setting.SSL_KEY_PASSWORD_FILE),
            protocol(LibpqKeyword.SSL_MIN_PROTOCOL_VERSION),
            protocol(LibpqKeyword.SSL_MAX_PROTOCOL_VERSION));
    check(tls, anonymous);
    return tls;
  }

  private TlsMode mode(TlsMode byDefault) {
    Optional<Value> given = values.given(Setting.SSL_MODE);
    Optional<TlsMode> mode = given.map(Value::text).flatMap(TlsMode::named);
    Optional<Value> switched = values.direct(Setting.SSL_DISABLE);
    if (switched.map(Value::text).flatMap(ValueType::truth).orElse(false)) {
      if (mode.isPresent() && mode.get() != TlsMode.DISABLE) {
        findings.problem(
            Code.CONFLICTING_KEYS,
            switched.orElseThrow().name(),
            switched.orElseThrow().origin(),
            "is true, and %s says %s".formatted(given.orElseThrow().name(), mode.get().text()));
      }
      return TlsMode.DISABLE;
    }
    warnOfWeakening(given, mode);
    return mode.orElse(byDefault);
  }

  private void warnOfWeakening(Optional<Value> given, Optional<TlsMode> mode) {
    Optional<TlsMode> written =
        values
            .keyword(LibpqKeyword.SSLMODE)
            .filter(value -> value.origin().source() == Source.CONNECTION_STRING)
            .map(Value::text)
            .flatMap(TlsMode::named);
    if (written.isPresent() && mode.isPresent() && mode.get().isWeakerThan(written.get())) {
      findings.warn(
          "%s=%s is weaker than the connection string's sslmode=%s, and wins"
              .formatted(given.orElseThrow().name(), mode.get().text(), written.get().text()));
    }
  }

  private void requireStrongNegotiation(TlsMode mode) {
    Optional<Value> negotiation = values.keyword(LibpqKeyword.SSLNEGOTIATION);
    if (negotiation.filter(value -> value.text().equals("direct")).isPresent()
        && mode.isWeakerThan(TlsMode.REQUIRE)) {
      problem(negotiation, "needs sslmode require or stronger", "set sslmode");
    }
  }

  private void check(TlsSettings tls, boolean anonymous) {
    try {
      tls.checkRoots(sources.clock().instant()).ifPresent(findings::warn);
    } catch (TlsMaterialException e) {
      Value authority = given(Setting.SSL_CA, Setting.SSL_CA_FILE).orElseThrow();
      findings.material(e, authority.name(), authority.origin());
    }
    Optional<Value> certificate = given(Setting.SSL_CERTIFICATE, Setting.SSL_CERTIFICATE_FILE);
    Optional<Value> password = given(Setting.SSL_KEY_PASSWORD, Setting.SSL_KEY_PASSWORD_FILE);
    Optional<Value> key = given(Setting.SSL_KEY, Setting.SSL_KEY_FILE);
    if (anonymous) {
      return;
    }
    if (key.isEmpty()) {
      certificate.ifPresent(value -> conflict(value, "there is no key for the certificate"));
      password.ifPresent(value -> conflict(value, "there is no key that it opens"));
      return;
    }
    try {
      tls.checkIdentity(sources.clock().instant()).ifPresent(findings::warn);
    } catch (TlsMaterialException e) {
      findings.material(e, key.get().name(), key.get().origin());
    }
  }

  /** The text or, where there is none, the file; both are one too many. */
  private Optional<Material> material(Setting inline, Setting file) {
    Optional<Value> text = values.given(inline);
    Optional<Value> path = file.keyword().isPresent() ? values.given(file) : values.direct(file);
    if (text.isPresent() && values.direct(file).isPresent()) {
      conflict(text.get(), "is the same as " + path.orElseThrow().name());
    }
    return text.isPresent()
        ? text.map(value -> new Material.Inline(value.text()))
        : path.map(value -> new Material.InFile(Path.of(value.text())));
  }

  private Optional<Value> given(Setting inline, Setting file) {
    return values.given(inline).or(() -> values.given(file));
  }

  private Optional<String> protocol(LibpqKeyword keyword) {
    Optional<Value> given = values.keyword(keyword).filter(value -> !value.text().isEmpty());
    if (given.isPresent() && given.get().text().compareTo(OLDEST) < 0) {
      findings.warn("%s: %s is used, older ones are broken".formatted(given.get().name(), OLDEST));
      return Optional.of(OLDEST);
    }
    return given.map(Value::text);
  }

  private void conflict(Value value, String message) {
    findings.problem(Code.CONFLICTING_KEYS, value.name(), value.origin(), message);
  }

  private void problem(Optional<Value> value, String message, String hint) {
    Value at = value.orElse(new Value("", Origin.BY_DEFAULT));
    findings.problem(Code.CONFLICTING_KEYS, at.name(), at.origin(), message, hint);
  }
}
