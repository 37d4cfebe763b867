package dev.authstore.migrations;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.sql.DataSource;

/** Scripts that a test writes. */
record ScriptFolder(Path directory) {

  static final MigrationScript ONE = new MigrationScript("0001", "one");
  static final MigrationScript TWO = new MigrationScript("0002", "two");
  static final MigrationScript THREE = new MigrationScript("0003", "three");

  void write(MigrationScript script, String sql) throws IOException {
    Files.writeString(fileOf(script), sql);
  }

  void delete(MigrationScript script) throws IOException {
    Files.delete(fileOf(script));
  }

  /** A program that has these scripts and no others. */
  Migrations program(DataSource dataSource, MigrationSettings settings) {
    return new Migrations(dataSource, settings, "filesystem:" + directory);
  }

  private Path fileOf(MigrationScript script) {
    return directory.resolve("V%s__%s.sql".formatted(script.version(), script.description()));
  }
}
