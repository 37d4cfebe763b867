package dev.authstore.database;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * What a configuration file says about the database.
 *
 * @param name of the file, for messages
 * @param values by key; a dot stands for a step into a section, an empty text for nothing
 */
public record ConfigFile(String name, Map<String, String> values) {

  /** No file. */
  public static final ConfigFile NONE = new ConfigFile("", Map.of());

  private static final String SECTION = "database";

  public ConfigFile {
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  /**
   * Reads the section {@code database} of a YAML file. Other sections are nobody's business here.
   *
   * @throws ConfigurationException if the file cannot be read
   */
  public static ConfigFile read(Path path) {
    try {
      return parse(path.getFileName().toString(), Files.readString(path));
    } catch (IOException e) {
      throw new ConfigurationException(
          Files.exists(path) ? ConfigProblem.Code.FILE_UNREADABLE : ConfigProblem.Code.FILE_MISSING,
          path.toString(),
          "the configuration file cannot be read");
    }
  }

  /**
   * The same for a text.
   *
   * @throws ConfigurationException if it is no YAML
   */
  public static ConfigFile parse(String name, String yaml) {
    Map<String, String> values = new LinkedHashMap<>();
    try {
      Object root = new Load(LoadSettings.builder().setLabel(name).build()).loadFromString(yaml);
      if (root instanceof Map<?, ?> sections
          && sections.get(SECTION) instanceof Map<?, ?> section) {
        flatten("", section, values);
      }
    } catch (YamlEngineException e) { // its text quotes the file, and so perhaps a password
      throw new ConfigurationException(
          ConfigProblem.Code.FILE_UNREADABLE, name, "the file is no valid YAML");
    }
    return new ConfigFile(name, values);
  }

  private static void flatten(String prefix, Map<?, ?> section, Map<String, String> values) {
    section.forEach(
        (key, value) -> {
          if (value instanceof Map<?, ?> below) {
            flatten(prefix + key + ".", below, values);
          } else {
            values.put(prefix + key, value == null ? "" : String.valueOf(value));
          }
        });
  }

  @Override
  public String toString() {
    return "ConfigFile[" + name + "]";
  }
}
