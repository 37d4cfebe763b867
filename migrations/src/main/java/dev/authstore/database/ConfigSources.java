package dev.authstore.database;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where settings are looked for, beside connection string and service file. An accessor given an
 * argument returns a changed copy.
 *
 * @param values what the program itself says; it wins over all else
 * @param environment variables of the process; an empty one counts as absent
 * @param file what a configuration file says below {@code database}
 * @param userName who connects if nothing tells
 * @param home where the password file and the service file are looked for
 * @param clock tells whether a certificate is still valid
 */
public record ConfigSources(
    Map<Setting, String> values,
    Map<String, String> environment,
    ConfigFile file,
    String userName,
    Path home,
    InstantSource clock) {

  public ConfigSources {
    values =
        Collections.unmodifiableMap(
            values.isEmpty() ? new EnumMap<>(Setting.class) : new EnumMap<>(values));
    environment = Collections.unmodifiableMap(new TreeMap<>(environment));
  }

  /** Nothing but the user of the process and its home directory. */
  public static ConfigSources none() {
    return new ConfigSources(
        Map.of(),
        Map.of(),
        ConfigFile.NONE,
        System.getProperty("user.name", ""),
        Path.of(System.getProperty("user.home", "")),
        InstantSource.system());
  }

  public ConfigSources environment(Map<String, String> variables) {
    return new ConfigSources(values, variables, file, userName, home, clock);
  }

  public ConfigSources file(ConfigFile read) {
    return new ConfigSources(values, environment, read, userName, home, clock);
  }

  public ConfigSources userName(String name) {
    return new ConfigSources(values, environment, file, name, home, clock);
  }

  public ConfigSources home(Path directory) {
    return new ConfigSources(values, environment, file, userName, directory, clock);
  }

  public ConfigSources clock(InstantSource source) {
    return new ConfigSources(values, environment, file, userName, home, source);
  }

  /** Says one setting, as an operator would write it. */
  public ConfigSources value(Setting setting, String text) {
    Map<Setting, String> changed = new EnumMap<>(Setting.class);
    changed.putAll(values);
    changed.put(setting, text);
    return new ConfigSources(changed, environment, file, userName, home, clock);
  }

  /** Names of what was given, never values. */
  @Override
  public String toString() {
    return "ConfigSources[values=%s, file=%s]".formatted(values.keySet(), file);
  }
}
