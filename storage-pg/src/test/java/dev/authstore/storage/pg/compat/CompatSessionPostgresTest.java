package dev.authstore.storage.pg.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.authstore.model.Addresses;
import dev.authstore.model.SessionActivity;
import dev.authstore.model.compat.CompatSession;
import dev.authstore.model.compat.CompatSsoLogin;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.storage.InvalidDataException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.compat.CompatSessionFilter;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.Counters;
import dev.authstore.storage.pg.Store;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.assertj.core.util.Throwables;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class CompatSessionPostgresTest {
  @RegisterExtension final Store store = Store.fresh();

  private final Logins logins = new Logins(store);

  @Nested
  class CorruptRows {
    @Test
    void nameADeviceThatIsNone() {
      CompatSession session = logins.session(logins.user("john"), "phone");
      store.sql("UPDATE compat_sessions SET device_id = E'a\\nb'");

      InvalidDataException refusal = invalid(repo -> repo.compatSessions().lookup(session.id()));

      assertNames(refusal, "compat_sessions", "device_id", session.id());
    }

    @Test
    void nameALoginOfASessionThatIsNotExchanged() {
      CompatSsoLogin login = exchanged();
      dropStageCheck();
      store.sql("UPDATE compat_sso_logins SET exchanged_at = NULL");

      InvalidDataException refusal =
          invalid(
              repo -> repo.compatSessions().list(CompatSessionFilter.all(), Pagination.first(10)));

      assertNames(refusal, "compat_sso_logins", "session_id", login.id());
    }

    @Test
    void nameALoginWithoutItsSession() {
      CompatSsoLogin login = exchanged();
      dropStageCheck();
      store.sql("UPDATE compat_sso_logins SET session_id = NULL");

      InvalidDataException refusal = invalid(repo -> repo.compatSsoLogins().lookup(login.id()));

      assertNames(refusal, "compat_sso_logins", "session_id", login.id());
    }

    @Test
    void nameAPendingLoginOfABrowserSession() {
      CompatSsoLogin login = logins.pending();
      BrowserSession browser = logins.browser(logins.user("john"));
      dropStageCheck();
      store.sql("UPDATE compat_sso_logins SET browser_session_id = ?", browser.id());

      InvalidDataException refusal = invalid(repo -> repo.compatSsoLogins().lookup(login.id()));

      assertNames(refusal, "compat_sso_logins", "browser_session_id", login.id());
    }

    @Test
    void nameAnAddressThatIsNone() {
      CompatSsoLogin login = logins.pending();
      store.sql("UPDATE compat_sso_logins SET redirect_uri = 'secret address'");

      InvalidDataException refusal = invalid(repo -> repo.compatSsoLogins().lookup(login.id()));

      assertNames(refusal, "compat_sso_logins", "redirect_uri", login.id());
      assertThat(Throwables.getStackTrace(refusal)).doesNotContain("secret");
    }

    private CompatSsoLogin exchanged() {
      BrowserSession browser = logins.browser(logins.user("john"));
      return logins.exchanged(logins.fulfilled(browser, "token"), logins.session(browser, "phone"));
    }

    private void dropStageCheck() {
      store.sql("ALTER TABLE compat_sso_logins DROP CONSTRAINT compat_sso_logins_stage_check");
    }

    private InvalidDataException invalid(Consumer<RepositoryAccess> work) {
      return store.write(
          repo -> {
            InvalidDataException refusal =
                catchThrowableOfType(InvalidDataException.class, () -> work.accept(repo));
            assertThat(refusal).isInstanceOf(InvalidDataException.class);
            assertThat(repo.users().exists("still usable")).isFalse();
            return refusal;
          });
    }

    private static void assertNames(
        InvalidDataException refusal, String table, String column, UUID id) {
      assertThat(refusal.table()).isEqualTo(table);
      assertThat(refusal.column()).isEqualTo(column);
      assertThat(refusal.id()).contains(id);
    }
  }

  @Nested
  class HeapOnlyUpdates {
    @Test
    void areAllUpdatesByActivityWithinADay() {
      CompatSession session = logins.session(logins.user("john"), "phone");
      Instant morning = Instant.parse("2022-01-17T08:00:00Z");
      use(session, morning);
      long changedBefore = updates("n_tup_upd");
      long heapOnlyBefore = updates("n_tup_hot_upd");

      for (int i = 1; i <= 10; i++) {
        use(session, morning.plusSeconds(60L * i));
      }

      assertThat(updates("n_tup_upd") - changedBefore).isEqualTo(10);
      assertThat(updates("n_tup_hot_upd") - heapOnlyBefore).isEqualTo(10);
    }

    private void use(CompatSession session, Instant at) {
      SessionActivity activity =
          new SessionActivity(session.id(), at, Optional.of(Addresses.parse("192.0.2.1")));
      store.run(repo -> repo.compatSessions().recordBatchActivity(List.of(activity)));
    }

    private long updates(String counter) {
      return Counters.read(
          store,
          "SELECT " + counter + " FROM pg_stat_user_tables WHERE relname = 'compat_sessions'");
    }
  }
}
