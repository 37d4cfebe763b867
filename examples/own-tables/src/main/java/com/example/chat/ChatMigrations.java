package com.example.chat;

import dev.authstore.migrations.MigrationSettings;
import dev.authstore.migrations.Migrations;
import java.util.Map;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;

/** Authstore's scripts, and then ours: in a schema of their own, with a history of their own. */
public final class ChatMigrations {

  private static final String SCHEMA = "chat";

  private ChatMigrations() {}

  /** What an application does when it starts. */
  public static void apply(DataSource dataSource) {
    new Migrations(dataSource, MigrationSettings.defaults()).apply();
    applyOurs(dataSource);
  }

  /** The same for a database that has Authstore's tables. */
  public static void applyOurs(DataSource dataSource) {
    Flyway.configure()
        .dataSource(dataSource)
        .locations("classpath:com/example/chat/migrations")
        .schemas(SCHEMA)
        .placeholders(Map.of("authstore", MigrationSettings.defaults().schema()))
        .load()
        .migrate();
  }
}
