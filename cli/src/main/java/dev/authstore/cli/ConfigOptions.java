package dev.authstore.cli;

import dev.authstore.database.ConfigFile;
import dev.authstore.database.ConfigSources;
import dev.authstore.database.DatabaseConfig;
import dev.authstore.database.Setting;
import dev.authstore.model.Json;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a command has its settings from: flags, the environment, a file. */
final class ConfigOptions {

  @Option(
      names = "--config",
      paramLabel = "<file>",
      description = "A YAML file with a section `database`.")
  private @Nullable Path file;

  @Option(
      names = "--database",
      paramLabel = "<uri>",
      description = "The database, instead of what environment and file name.")
  private @Nullable String database;

  @Option(
      names = "--wait",
      paramLabel = "<duration>",
      description =
          "How long to wait for the server and for another process that migrates, as in 30 or 5m; 0"
              + " does not wait.")
  private @Nullable String wait;

  @Option(names = "--json", description = "One JSON object per line.")
  private boolean json;

  /** All sources, with variables that need not be those of the process. */
  ConfigSources sources(Map<String, String> environment) {
    ConfigSources sources = ConfigSources.none().environment(environment);
    if (file != null) {
      sources = sources.file(ConfigFile.read(file));
    }
    if (wait != null) {
      sources =
          sources.value(Setting.STARTUP_TIMEOUT, wait).value(Setting.MIGRATIONS_LOCK_TIMEOUT, wait);
    }
    return database == null ? sources : sources.value(Setting.URI, database);
  }

  /** Whether the output is for programs. */
  boolean json() {
    return json;
  }

  DatabaseConfig read() {
    return DatabaseConfig.from(sources(System.getenv()));
  }

  /** A line as asked for: facts as text behind a sentence, or all as JSON. */
  void print(PrintWriter out, String text, Map<String, String> facts) {
    out.println(json ? Json.ofStrings(facts).text() : text);
    out.flush();
  }

  /** Facts in square brackets, as log lines have them. */
  static String listed(Map<String, String> facts) {
    return facts.entrySet().stream()
        .map(fact -> fact.getKey() + "=" + fact.getValue())
        .collect(Collectors.joining(", ", "[", "]"));
  }
}
