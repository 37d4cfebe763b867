package dev.authstore.database;

import dev.authstore.database.ConfigProblem.Code;
import dev.authstore.database.Origin.Source;
import dev.authstore.database.libpq.NearestName;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The settings that program, environment and file say by name. */
final class DirectValues {

  private static final String CANONICAL = "AUTHSTORE_DATABASE__";
  private static final String SEED = "DB_";

  /** Belongs to the file that starts a database in a container, and is no setting of ours. */
  private static final String FOREIGN = "DB_PASSWORD";

  private final Map<Setting, Value> values = new EnumMap<>(Setting.class);
  private final ConfigSources sources;
  private final Findings findings;

  private DirectValues(ConfigSources sources, Findings findings) {
    this.sources = sources;
    this.findings = findings;
  }

  static Map<Setting, Value> read(ConfigSources sources, Findings findings) {
    DirectValues reading = new DirectValues(sources, findings);
    for (Setting setting : Setting.values()) {
      reading
          .fromProgram(setting)
          .or(() -> reading.fromEnvironment(setting))
          .or(() -> reading.fromFile(setting))
          .ifPresent(value -> reading.accept(setting, value));
    }
    reading.reportUnknownVariables();
    reading.reportUnknownKeys();
    return reading.values;
  }

  /** What is wrong with a value, worded as for an operator. */
  static void check(Setting setting, Value value, Findings findings) {
    Optional<Code> refusal = setting.type().refusal().apply(value.text());
    if (refusal.isPresent()) {
      String shown = setting.isSecret() ? "" : ", got '" + value.text() + "'";
      findings.problem(
          refusal.get(), value.name(), value.origin(), "expected " + setting.expected() + shown);
      return;
    }
    if (!setting.type().equals(ValueType.TEXT)) { // it has said all there is to say
      return;
    }
    setting
        .keyword()
        .flatMap(keyword -> keyword.check(value.name(), value.text()))
        .ifPresent(fault -> findings.fault(fault, value.name(), value.origin()));
  }

  private void accept(Setting setting, Value value) {
    check(setting, value, findings);
    values.put(setting, value);
  }

  private Optional<Value> fromProgram(Setting setting) {
    return Optional.ofNullable(sources.values().get(setting))
        .filter(text -> !text.isEmpty())
        .map(text -> new Value(text, new Origin(Source.PROGRAM, setting.key())));
  }

  private Optional<Value> fromEnvironment(Setting setting) {
    List<Value> given = new ArrayList<>();
    for (String name : setting.variables()) {
      variable(name).ifPresent(text -> given.add(environment(name, text)));
    }
    setting.inverseVariable().ifPresent(name -> inverse(name).ifPresent(given::add));
    for (Value other : given) {
      if (!other.text().equals(given.get(0).text())) {
        findings.problem(
            Code.CONFLICTING_KEYS,
            given.get(0).name(),
            given.get(0).origin(),
            "says something else than " + other.name());
      }
    }
    return given.stream().findFirst();
  }

  private Optional<Value> inverse(String name) {
    return variable(name)
        .map(
            text ->
                environment(
                    name, ValueType.truth(text).map(truth -> String.valueOf(!truth)).orElse(text)));
  }

  private Optional<Value> fromFile(Setting setting) {
    List<Value> given =
        setting.keys().stream()
            .filter(sources.file().values()::containsKey)
            .map(key -> file(key, textInFile(setting, key)))
            .filter(value -> !value.text().isEmpty())
            .toList();
    if (given.size() > 1) {
      findings.problem(
          Code.CONFLICTING_KEYS,
          given.get(0).name(),
          given.get(0).origin(),
          "is the same as " + given.get(1).name());
    }
    return given.stream().findFirst();
  }

  private String textInFile(Setting setting, String key) {
    String text = sources.file().values().getOrDefault(key, "");
    return text.isEmpty() && setting.nothingIsOff() ? "0" : text;
  }

  private void reportUnknownVariables() {
    Set<String> known = new TreeSet<>(List.of(FOREIGN));
    for (Setting setting : Setting.values()) {
      known.addAll(setting.variables());
      setting.inverseVariable().ifPresent(known::add);
    }
    for (String name : sources.environment().keySet()) {
      if (known.contains(name) || variable(name).isEmpty()) {
        continue;
      }
      Optional<String> near = NearestName.of(name, known);
      if (name.startsWith(CANONICAL)) {
        unknown(name, environment(name, "").origin(), near);
      } else if (name.startsWith(SEED) && near.isPresent()) {
        findings.warn("%s is not known; is %s meant?".formatted(name, near.get()));
      }
    }
  }

  private void reportUnknownKeys() {
    Set<String> known = new TreeSet<>();
    for (Setting setting : Setting.values()) {
      known.addAll(setting.keys());
    }
    for (String key : sources.file().values().keySet()) {
      if (!known.contains(key)) {
        unknown(key, file(key, "").origin(), NearestName.of(key, known));
      }
    }
  }

  private void unknown(String name, Origin origin, Optional<String> near) {
    if (near.isPresent()) {
      findings.problem(Code.UNKNOWN_KEY, name, origin, "not known", "is " + near.get() + " meant?");
    } else {
      findings.problem(Code.UNKNOWN_KEY, name, origin, "not known");
    }
  }

  private Optional<String> variable(String name) {
    return Optional.ofNullable(sources.environment().get(name)).filter(text -> !text.isEmpty());
  }

  private static Value environment(String name, String text) {
    return new Value(text, new Origin(Source.ENVIRONMENT, name));
  }

  private Value file(String key, String text) {
    return new Value(text, new Origin(Source.FILE, sources.file().name() + " database." + key));
  }
}
