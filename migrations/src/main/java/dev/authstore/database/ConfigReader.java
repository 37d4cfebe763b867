package dev.authstore.database;

import dev.authstore.database.ConfigProblem.Code;
import dev.authstore.database.Origin.Source;
import dev.authstore.database.libpq.ConnectionString;
import dev.authstore.database.libpq.LibpqKeyword;
import dev.authstore.database.tls.Material;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.event.Level;

/** Reads all settings, and goes on after each problem so that all are told at once. */
final class ConfigReader {

  private final ConfigSources sources;
  private final Findings findings = new Findings();
  private final Map<Setting, Value> direct;
  private final EffectiveValues values;

  private ConfigReader(ConfigSources sources) {
    this.sources = sources;
    this.direct = DirectValues.read(sources, findings);
    chooseTarget();
    KeywordValues keywords =
        KeywordValues.read(Optional.ofNullable(direct.get(Setting.URI)), sources, findings);
    this.values = new EffectiveValues(direct, keywords);
    values.check(findings);
  }

  static DatabaseConfig.Parts read(ConfigSources sources) {
    return new ConfigReader(sources).read();
  }

  private DatabaseConfig.Parts read() {
    boolean separateKeys = direct.keySet().stream().anyMatch(Setting::isPartOfTarget);
    ConnectionSpec base = new ConnectionReader(values, sources, findings, separateKeys).read();
    SessionSettings session = session(base);
    String schema = schema();
    ConnectionSpec run =
        new RunSessions(values.truth(Setting.TRANSACTION_POOLER)).of(base, session, schema);
    ConnectionSpec migrations = migrations(base);
    PoolSettings pool = pool(values);
    Optional<ReplicaConfig> replica =
        values.direct(Setting.REPLICA_URI).map(uri -> replica(uri, separateKeys, session, schema));
    MigrationConfig migration = migration();
    remark();
    findings.throwIfAny();
    return new DatabaseConfig.Parts(
        run,
        migrations,
        replica,
        schema,
        pool,
        session,
        migration,
        log(),
        values.duration(Setting.STARTUP_TIMEOUT),
        values.duration(Setting.HEALTH_TIMEOUT),
        values.truth(Setting.TRANSACTION_POOLER),
        effective(),
        findings.notices());
  }

  /** Either one text or separate keys; what the program itself says is not asked to agree. */
  private void chooseTarget() {
    Value uri = direct.get(Setting.URI);
    List<Value> keys =
        direct.entrySet().stream()
            .filter(entry -> entry.getKey().isPartOfTarget())
            .map(Map.Entry::getValue)
            .toList();
    if (uri == null) {
      if (keys.isEmpty() && !KeywordValues.hasTargetVariable(sources)) {
        findings.problem(
            Code.MISSING_TARGET,
            Setting.URI.key(),
            Origin.BY_DEFAULT,
            "no database is named",
            "set DATABASE_URL, as in postgresql://user:password@host:port/database");
      }
    } else if (uri.origin().source() == Source.PROGRAM) {
      direct.keySet().removeIf(setting -> setting.isPartOfTarget() && !isFromProgram(setting));
      keys = keys.stream().filter(key -> key.origin().source() == Source.PROGRAM).toList();
      reportBoth(uri, keys);
    } else {
      reportBoth(uri, keys);
    }
  }

  private void reportBoth(Value uri, List<Value> keys) {
    for (Value key : keys) {
      findings.problem(
          Code.CONFLICTING_SOURCES,
          key.name(),
          key.origin(),
          "is a part of what %s says as a whole".formatted(uri.name()),
          "keep one of them");
    }
  }

  private boolean isFromProgram(Setting setting) {
    Value value = direct.get(setting);
    return value != null && value.origin().source() == Source.PROGRAM;
  }

  private String schema() {
    return SqlName.parse(values.usable(Setting.SCHEMA)).orElseThrow().last();
  }

  private SessionSettings session(ConnectionSpec run) {
    Set<String> named = ServerOptions.names(run.sessions().options().orElse(""));
    for (Map.Entry<Setting, String> limit : RunSessions.LIMITS.entrySet()) {
      Optional<Value> given = values.direct(limit.getKey());
      if (given.isPresent() && named.contains(limit.getValue())) {
        findings.problem(
            Code.CONFLICTING_KEYS,
            given.get().name(),
            given.get().origin(),
            "the server options set %s, too".formatted(limit.getValue()));
      }
    }
    return new SessionSettings(
        values.duration(Setting.STATEMENT_TIMEOUT),
        values.duration(Setting.LOCK_TIMEOUT),
        values.duration(Setting.IDLE_IN_TRANSACTION_TIMEOUT));
  }

  private ConnectionSpec migrations(ConnectionSpec run) {
    Optional<Value> uri = values.direct(Setting.MIGRATIONS_URI);
    Optional<Value> user = values.direct(Setting.MIGRATIONS_USERNAME);
    ConnectionSpec base = run;
    if (uri.isPresent()) {
      user.ifPresent(value -> conflict(value, "excludes " + uri.get().name()));
      EffectiveValues own =
          new EffectiveValues(Map.of(), KeywordValues.read(uri, sources, findings));
      base = new ConnectionReader(own, sources, findings, false).read();
    }
    ConnectionSpec spec = base;
    Credentials credentials =
        user.map(
                name ->
                    new Credentials(
                        name.text(), migrationPassword(), spec.credentials().passwordFile()))
            .orElse(spec.credentials());
    boolean ownOptions = uri.isPresent() && values.direct(Setting.MIGRATIONS_OPTIONS).isEmpty();
    Optional<String> options =
        ownOptions ? spec.sessions().options() : values.text(Setting.MIGRATIONS_OPTIONS);
    return new RunSessions(values.truth(Setting.TRANSACTION_POOLER))
        .ofMigrator(
            spec, credentials, options, values.duration(Setting.MIGRATIONS_STATEMENT_TIMEOUT));
  }

  private ReplicaConfig replica(
      Value uri, boolean separateKeys, SessionSettings session, String schema) {
    EffectiveValues own = values.ofReplica(uri, sources, findings);
    own.check(findings);
    ConnectionSpec base = new ConnectionReader(own, sources, findings, separateKeys).readReplica();
    ConnectionSpec spec =
        new RunSessions(values.truth(Setting.TRANSACTION_POOLER)).of(base, session, schema);
    return new ReplicaConfig(spec.toString(), new PlainDataSource(spec), pool(own));
  }

  private Optional<Material> migrationPassword() {
    Optional<Value> text = values.direct(Setting.MIGRATIONS_PASSWORD);
    Optional<Value> file = values.direct(Setting.MIGRATIONS_PASSWORD_FILE);
    if (text.isPresent() && file.isPresent()) {
      conflict(text.get(), "is the same as " + file.get().name());
    }
    file.ifPresent(value -> ConnectionReader.checkSecretFile(value, findings));
    return file.isPresent()
        ? file.map(value -> new Material.InFile(Path.of(value.text())))
        : text.map(value -> new Material.Inline(value.text()));
  }

  private MigrationConfig migration() {
    SqlName table = SqlName.parse(values.usable(Setting.MIGRATIONS_TABLE)).orElseThrow();
    Optional<Value> quoted = values.given(Setting.MIGRATIONS_TABLE_QUOTED);
    if (quoted.isPresent() && !table.allQuoted(values.truth(Setting.MIGRATIONS_TABLE_QUOTED))) {
      findings.problem(
          Code.BAD_IDENTIFIER,
          quoted.get().name(),
          quoted.get().origin(),
          "the name of the table is written otherwise");
    }
    return new MigrationConfig(
        values.truth(Setting.AUTO_MIGRATE),
        table.first().filter(name -> !name.equals(schema())),
        table.last(),
        values.duration(Setting.MIGRATIONS_LOCK_TIMEOUT),
        values.truth(Setting.ALLOW_NEWER_SCHEMA));
  }

  private PoolSettings pool(EffectiveValues from) {
    int size = from.integer(Setting.MAX_CONNECTIONS);
    int minIdle =
        from.isGiven(Setting.MIN_CONNECTIONS)
            ? from.integerOr(Setting.MIN_CONNECTIONS, 0)
            : Math.min(2, size);
    if (minIdle > size) {
      outOfRange(
          from, Setting.MIN_CONNECTIONS, "is more than the pool's %d connections".formatted(size));
    }
    Duration lifetime = from.duration(Setting.MAX_LIFETIME);
    Duration longest = lifetime.isZero() ? Duration.ofDays(1) : lifetime.minusSeconds(1);
    return new PoolSettings(
        size,
        minIdle,
        from.duration(Setting.CONNECT_TIMEOUT),
        shorter(from, Setting.IDLE_TIMEOUT, longest),
        lifetime,
        shorter(from, Setting.KEEPALIVE_TIME, longest),
        from.duration(Setting.LEAK_DETECTION),
        from.duration(Setting.SLOW_ACQUIRE));
  }

  /** A default gives way, a value that somebody has set does not. */
  private Duration shorter(EffectiveValues from, Setting setting, Duration longest) {
    Duration wanted = from.duration(setting);
    if (wanted.compareTo(longest) > 0 && from.isGiven(setting)) {
      outOfRange(from, setting, "must be shorter than max_lifetime");
    }
    return wanted.compareTo(longest) > 0 ? longest : wanted;
  }

  private void outOfRange(EffectiveValues from, Setting setting, String message) {
    Value value = from.given(setting).orElseThrow();
    findings.problem(Code.OUT_OF_RANGE, value.name(), value.origin(), message);
  }

  private LogSettings log() {
    String level = values.usable(Setting.LOG_LEVEL).toUpperCase(Locale.ROOT);
    return new LogSettings(
        level.equals("NONE") ? Optional.empty() : Optional.of(Level.valueOf(level)),
        values.duration(Setting.SLOW_STATEMENT));
  }

  private void remark() {
    values
        .direct(Setting.SCHEMA_DIR)
        .ifPresent(value -> findings.warn(value.name() + " is ignored: scripts are built in"));
    if (values.truth(Setting.LOG_ARGUMENTS)) {
      findings.warn("log_arguments has no effect: arguments are never logged");
    }
  }

  private void conflict(Value value, String message) {
    findings.problem(Code.CONFLICTING_KEYS, value.name(), value.origin(), message);
  }

  private List<EffectiveSetting> effective() {
    List<EffectiveSetting> lines = new ArrayList<>();
    for (Setting setting : Setting.values()) {
      values
          .value(setting)
          .ifPresent(
              value ->
                  lines.add(
                      new EffectiveSetting(setting.key(), shown(setting, value), value.origin())));
    }
    for (LibpqKeyword keyword : LibpqKeyword.values()) {
      boolean hasSetting =
          List.of(Setting.values()).stream()
              .anyMatch(setting -> setting.keyword().filter(keyword::equals).isPresent());
      if (!hasSetting) {
        values
            .keyword(keyword)
            .ifPresent(
                value ->
                    lines.add(
                        new EffectiveSetting(
                            keyword.keyword(),
                            keyword.isSecret() ? "***" : value.text(),
                            value.origin())));
      }
    }
    return List.copyOf(lines);
  }

  private static String shown(Setting setting, Value value) {
    if (setting.type().equals(ValueType.CONNECTION)) {
      return ConnectionString.parse(value.text(), Set.of()).toString();
    }
    return setting.isSecret() ? "***" : value.text();
  }
}
