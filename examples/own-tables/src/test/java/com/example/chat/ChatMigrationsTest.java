package com.example.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.database.DatabaseConfig;
import dev.authstore.storage.pg.Authstore;
import dev.authstore.testing.TestDatabase;
import dev.authstore.testing.WithTestDatabase;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@WithTestDatabase(schema = ChatSchema.class)
class ChatMigrationsTest {

  @RegisterExtension final TestDatabase empty = TestDatabase.empty();

  @Test
  void makeAllThatIsNeededInAnEmptyDatabase() {
    ChatMigrations.apply(empty.dataSource());

    assertThat(firstSignUp(empty)).isPresent();
  }

  @Test
  void mayBeRepeated(TestDatabase database) {
    ChatMigrations.apply(database.dataSource());

    assertThat(firstSignUp(database)).isPresent();
  }

  /** As the application does it, with a pool. */
  private static Optional<Channel> firstSignUp(TestDatabase database) {
    try (Authstore authstore = Authstore.open(DatabaseConfig.of(database.url()))) {
      return authstore
          .repositories()
          .call(repo -> Chat.in(repo).signUp("alice", "alice@example.com"));
    }
  }
}
