package dev.authstore.storage.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.authstore.migrations.MigrationSettings;
import dev.authstore.migrations.Migrations;
import dev.authstore.model.user.User;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.user.UserFilter;
import dev.authstore.testing.TestDatabase;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class SchemasPostgresTest {
  private static final String PLAIN = "tenant_a";
  private static final String ODD = "Tenant \"B\"";

  @RegisterExtension final TestDatabase database = TestDatabase.empty();

  @SuppressWarnings("NullAway.Init") // set before each test
  private RepositoryFactory plain;

  @SuppressWarnings("NullAway.Init") // set before each test
  private RepositoryFactory odd;

  @BeforeEach
  void migrate() {
    for (String schema : List.of(PLAIN, ODD)) {
      new Migrations(database.dataSource(), MigrationSettings.defaults().schema(schema)).apply();
    }
    plain =
        Authstore.using(
                database.dataSource(), PLAIN, dev.authstore.storage.StorageSettings.defaults())
            .repositories();
    odd = plain.inSchema(ODD);
  }

  @Test
  void areKeptApart() {
    User first = plain.call(repo -> repo.users().add("john"));
    User second = odd.call(repo -> repo.users().addIfAvailable("john"));

    assertThat(users(plain)).containsExactly(first);
    assertThat(users(odd)).containsExactly(second);
  }

  @Test
  void areBothServedByEveryKindOfAccess() {
    User john = odd.direct(repo -> repo.users().add("john"));

    Optional<User> found = odd.read(repo -> repo.users().lookup(john.id()));
    Optional<User> elsewhere = plain.read(repo -> repo.users().lookup(john.id()));

    assertThat(found).contains(john);
    assertThat(elsewhere).isEmpty();
  }

  @Test
  void haveLocksOfTheirOwn() {
    User john = plain.call(repo -> repo.users().add("john"));

    plain.run(
        repo -> {
          repo.users().acquireLockForSync(john);
          repo.users().addIfAvailable("jim");

          assertThatCode(
                  () ->
                      odd.run(
                          other -> {
                            ((PgRepository) other).dsl().execute("SET LOCAL lock_timeout = 1000");
                            other.users().acquireLockForSync(john);
                            other.users().addIfAvailable("jim");
                          }))
              .doesNotThrowAnyException();
        });
  }

  private static List<User> users(RepositoryFactory repositories) {
    return repositories.read(
        repo -> repo.users().list(UserFilter.all(), Pagination.first(10)).nodes());
  }
}
