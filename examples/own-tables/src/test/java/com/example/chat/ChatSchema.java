package com.example.chat;

import dev.authstore.testing.TestSchema;
import javax.sql.DataSource;

/** Our tables, in the databases of tests as in those of the application. */
public final class ChatSchema implements TestSchema {

  @Override
  public void addTo(DataSource database) {
    ChatMigrations.applyOurs(database);
  }
}
