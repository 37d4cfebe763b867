package dev.authstore.storage.pg.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.authstore.model.compat.CompatSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.InvalidDataException;
import dev.authstore.storage.app.AppSessionFilter;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.Store;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the tables must not hold, and what the operations cost. */
class AppSessionPostgresTest {
  @RegisterExtension final Store store = Store.fresh();

  private final Apps apps = new Apps(store);

  @Test
  void sessionsOfBothKindsWithOneIdAreReported() {
    User john = apps.user();
    CompatSession compat = apps.compat(john);
    apps.oauth2(john);
    store.sql("UPDATE oauth2_sessions SET id = ?", compat.id());

    assertThatExceptionOfType(InvalidDataException.class)
        .isThrownBy(() -> apps.list(AppSessionFilter.all()))
        .satisfies(e -> assertThat(e.id()).contains(compat.id()));
  }

  @Test
  void aPageAndACountAreOneStatementEach() {
    User john = apps.user();
    apps.compat(john);
    apps.oauth2(john);
    store.statements();

    store.<Long>read(
        repo -> {
          repo.appSessions().list(AppSessionFilter.all(), Pagination.first(1));
          return repo.appSessions().count(AppSessionFilter.all());
        });

    assertThat(store.statements()).hasSize(2);
  }

  @Test
  void replacingADeviceIsTwoStatements() {
    User john = apps.user();
    apps.compat(john, Apps.DEVICE, Optional.empty());
    store.statements();

    store.write(repo -> repo.appSessions().finishSessionsToReplaceDevice(john, Apps.DEVICE));

    assertThat(store.statements()).hasSize(3); // with the commit
  }
}
