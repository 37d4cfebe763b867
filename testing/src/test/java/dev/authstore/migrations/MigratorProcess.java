package dev.authstore.migrations;

import dev.authstore.database.DatabaseConfig;
import java.io.IOException;
import java.nio.file.Path;

/** A program that migrates, to be killed. */
final class MigratorProcess {

  private MigratorProcess() {}

  static Process start(String url, Path scripts) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            MigratorProcess.class.getName(),
            url,
            scripts.toString())
        .inheritIO()
        .start();
  }

  public static void main(String[] arguments) {
    DatabaseConfig config = DatabaseConfig.of(arguments[0]);
    new ScriptFolder(Path.of(arguments[1]))
        .program(config.migrationDataSource(), MigrationSettings.of(config))
        .apply();
  }
}
