package dev.authstore.database;

import dev.authstore.database.libpq.LibpqKeyword;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * Every setting by the first source that has it. A value that was refused counts as the default, so
 * that reading can go on to the next problem.
 */
final class EffectiveValues {

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
