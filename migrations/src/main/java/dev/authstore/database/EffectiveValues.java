package dev.authstore.database;

import dev.authstore.database.Origin.Source;
import dev.authstore.database.libpq.LibpqKeyword;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Every setting by the first source that has it. A value that was refused counts as the default, so
 * that reading can go on to the next problem.
 */
final class EffectiveValues {

  private static final Set<Setting> PLACE =
      Set.of(Setting.URI, Setting.HOST, Setting.PORT, Setting.SOCKET);

  private final Map<Setting, Value> direct;
  private final KeywordValues keywords;

  EffectiveValues(Map<Setting, Value> direct, KeywordValues keywords) {
    this.direct = direct;
    this.keywords = keywords;
  }

  /**
   * Checks what the connection string says beside libpq's keywords, and tells what is overruled.
   */
  void check(Findings findings) {
    for (Setting setting : Setting.values()) {
      Optional<Value> parameter = setting.parameter().flatMap(keywords::parameter);
      parameter.ifPresent(value -> DirectValues.check(setting, value, findings));
      Value named = direct.get(setting);
      if (named != null && parameter.isPresent() && !named.text().equals(parameter.get().text())) {
        findings.inform("%s wins over %s".formatted(named.name(), parameter.get().name()));
      }
    }
  }

  /** Those of a replica: what its connection string says, else the same but the place. */
  EffectiveValues ofReplica(Value uri, ConfigSources sources, Findings findings) {
    KeywordValues own = KeywordValues.ofReplica(uri, keywords, sources, findings);
    Map<Setting, Value> shared = new EnumMap<>(Setting.class);
    direct.forEach(
        (setting, value) -> {
          if (!PLACE.contains(setting) && !saidBy(uri, own, setting)) {
            shared.put(setting, value);
          }
        });
    return new EffectiveValues(shared, own);
  }

  /** Whether it says this, or another form of this: a text beside a file, a password to a user. */
  private static boolean saidBy(Value uri, KeywordValues own, Setting setting) {
    Setting form =
        switch (setting) {
          case SSL_DISABLE -> Setting.SSL_MODE;
          case SSL_CA -> Setting.SSL_CA_FILE;
          case SSL_CERTIFICATE -> Setting.SSL_CERTIFICATE_FILE;
          case SSL_KEY, SSL_KEY_PASSWORD_FILE -> Setting.SSL_KEY_FILE;
          case PASSWORD, PASSWORD_FILE -> Setting.USERNAME;
          default -> setting;
        };
    boolean isPassword = setting == Setting.PASSWORD || setting == Setting.PASSWORD_FILE;
    return isFrom(uri, own, form)
        || isFrom(uri, own, setting)
        || (isPassword && isFrom(uri, own, Setting.PASSWORD))
        || (setting == Setting.SSL_KEY_PASSWORD_FILE && isFrom(uri, own, Setting.SSL_KEY_PASSWORD));
  }

  private static boolean isFrom(Value uri, KeywordValues own, Setting setting) {
    return setting
        .keyword()
        .flatMap(own::keyword)
        .or(() -> setting.parameter().flatMap(own::parameter))
        .map(Value::origin)
        .filter(origin -> origin.source() == Source.CONNECTION_STRING)
        .filter(origin -> origin.name().startsWith(uri.name() + " "))
        .isPresent();
  }

  /** What program, environment or file say, and nothing below them. */
  Optional<Value> direct(Setting setting) {
    return Optional.ofNullable(direct.get(setting));
  }

  Optional<Value> keyword(LibpqKeyword keyword) {
    return keywords.keyword(keyword);
  }

  /** Without the default. An empty text in a connection string stands for the default, too. */
  Optional<Value> given(Setting setting) {
    return direct(setting)
        .or(() -> setting.parameter().flatMap(keywords::parameter))
        .or(() -> setting.keyword().flatMap(keywords::keyword))
        .filter(value -> !value.text().isEmpty());
  }

  Optional<Value> value(Setting setting) {
    return given(setting)
        .or(() -> setting.byDefault().map(text -> new Value(text, Origin.BY_DEFAULT)));
  }

  Optional<String> text(Setting setting) {
    return value(setting).map(Value::text);
  }

  /** One that has a default. */
  int integer(Setting setting) {
    return ValueType.integerOf(usable(setting));
  }

  /** One that has none, and was given. */
  int integerOr(Setting setting, int other) {
    return given(setting)
        .map(Value::text)
        .filter(text -> setting.type().refusal().apply(text).isEmpty())
        .map(ValueType::integerOf)
        .orElse(other);
  }

  /** One that has a default. */
  boolean truth(Setting setting) {
    return ValueType.truth(usable(setting)).orElse(false);
  }

  /** One that has a default. */
  Duration duration(Setting setting) {
    return setting.type().durationOf(usable(setting));
  }

  /** One that has a default. */
  String usable(Setting setting) {
    return given(setting)
        .map(Value::text)
        .filter(text -> setting.type().refusal().apply(text).isEmpty())
        .or(setting::byDefault)
        .orElseThrow(() -> new IllegalStateException(setting + " has no default"));
  }

  /** Whether somebody has said it. */
  boolean isGiven(Setting setting) {
    return given(setting).isPresent();
  }
}
