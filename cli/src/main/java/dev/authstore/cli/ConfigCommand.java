package dev.authstore.cli;

import dev.authstore.database.DatabaseConfig;
import dev.authstore.database.EffectiveSetting;
import dev.authstore.database.Notice;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Settings, without any connection. */
@Command(
    name = "config",
    description = "Checks and shows the settings of the database.",
    mixinStandardHelpOptions = true,
    versionProvider = AuthstoreCommand.Version.class)
final class ConfigCommand implements Runnable {

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "no command given");
  }

  @Command(
      name = "check",
      description =
          "Reads all settings and the files that they name, and tells every mistake. Connects to"
              + " nothing.",
      mixinStandardHelpOptions = true,
      versionProvider = AuthstoreCommand.Version.class)
  int check(@Mixin ConfigOptions options) {
    DatabaseConfig config = options.read();
    PrintWriter out = spec.commandLine().getOut();
    for (Notice notice : config.notices()) {
      String level = notice.warning() ? "warning" : "note";
      options.print(
          out, level + ": " + notice.text(), Map.of("level", level, "text", notice.text()));
    }
    options.print(out, "ok: " + config.target(), Map.of("level", "ok", "target", config.target()));
    return 0;
  }

  @Command(
      name = "dump",
      description = "Shows every setting, with where it is from and asterisks for secrets.",
      mixinStandardHelpOptions = true,
      versionProvider = AuthstoreCommand.Version.class)
  int dump(@Mixin ConfigOptions options) {
    PrintWriter out = spec.commandLine().getOut();
    for (EffectiveSetting setting : options.read().effective()) {
      Map<String, String> facts = new LinkedHashMap<>();
      facts.put("key", setting.key());
      facts.put("value", setting.value());
      facts.put("origin", setting.origin().toString());
      options.print(
          out, "%s = %s  # %s".formatted(setting.key(), setting.value(), setting.origin()), facts);
    }
    return 0;
  }
}
