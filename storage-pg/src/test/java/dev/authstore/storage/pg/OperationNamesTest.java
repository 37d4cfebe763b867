package dev.authstore.storage.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.ReadOnlyException;
import dev.authstore.storage.Repository;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.StorageObserver;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class OperationNamesTest {
  private static final Set<String> READING =
      Set.of(
          "user.lookup",
          "user.find_by_username",
          "user.exists",
          "user.find_for_login",
          "user.list",
          "user.count",
          "user_email.lookup",
          "user_email.find",
          "user_email.find_by_email",
          "user_email.all",
          "user_email.list",
          "user_email.count",
          "user_email.lookup_authentication",
          "user_email.find_authentication_code",
          "user_password.active",
          "user_recovery.lookup_session",
          "user_recovery.find_ticket",
          "user_recovery.resolve_ticket",
          "user_recovery.list_recipients",
          "user_terms.has_accepted",
          "user_terms.all",
          "user_registration.lookup",
          "user_registration.load",
          "user_registration_token.lookup",
          "user_registration_token.find_by_token",
          "user_registration_token.list",
          "user_registration_token.count",
          "browser_session.lookup",
          "browser_session.list",
          "browser_session.count",
          "browser_session.get_last_authentication",
          "oauth2_client.lookup",
          "oauth2_client.find_by_client_id",
          "oauth2_client.find_by_metadata_digest",
          "oauth2_client.load_batch",
          "oauth2_client.all_static",
          "oauth2_client.list",
          "oauth2_client.count",
          "oauth2_client.list_with_count",
          "oauth2_authorization_grant.lookup",
          "oauth2_authorization_grant.lookup_with_client",
          "oauth2_authorization_grant.find_by_code",
          "oauth2_session.lookup",
          "oauth2_session.list",
          "oauth2_session.count",
          "oauth2_session.list_with_count",
          "oauth2_device_code_grant.lookup",
          "oauth2_device_code_grant.lookup_with_client",
          "oauth2_device_code_grant.find_by_device_code",
          "oauth2_device_code_grant.find_by_user_code",
          "oauth2_access_token.lookup",
          "oauth2_access_token.find_by_token",
          "oauth2_access_token.introspect",
          "oauth2_refresh_token.lookup",
          "oauth2_refresh_token.find_by_token",
          "oauth2_refresh_token.introspect",
          "compat_session.lookup",
          "compat_session.list",
          "compat_session.count",
          "compat_sso_login.lookup",
          "compat_sso_login.find_for_session",
          "compat_sso_login.find_by_token",
          "compat_sso_login.list",
          "compat_sso_login.count",
          "compat_access_token.lookup",
          "compat_access_token.find_by_token",
          "compat_access_token.find_active",
          "compat_refresh_token.lookup",
          "compat_refresh_token.find_by_token",
          "personal_session.lookup",
          "personal_session.list",
          "personal_session.count",
          "personal_access_token.lookup",
          "personal_access_token.find_by_token",
          "personal_access_token.find_active",
          "personal_access_token.find_active_for_session",
          "upstream_oauth_provider.lookup",
          "upstream_oauth_provider.all_enabled",
          "upstream_oauth_provider.list",
          "upstream_oauth_provider.count",
          "upstream_oauth_link.lookup",
          "upstream_oauth_link.find_by_subject",
          "upstream_oauth_link.list",
          "upstream_oauth_link.count",
          "upstream_oauth_authorization_session.lookup",
          "upstream_oauth_authorization_session.list",
          "upstream_oauth_authorization_session.count",
          "app_session.list",
          "app_session.count",
          "app_session.count_for_limiting",
          "policy_data.get",
          "policy_data.get_if_newer",
          "policy_data.lookup",
          "queue_worker.list",
          "queue_worker.time",
          "queue_worker.leader",
          "queue_job.lookup",
          "queue_job.list",
          "queue_job.count",
          "queue_job.backlog",
          "queue_schedule.list");

  private static final Set<String> LOCKING =
      Set.of("user.acquire_lock_for_sync", "queue_worker.try_begin_duties");

  @RegisterExtension final Store store = Store.fresh();

  @Test
  void areKnownForEachRepository() {
    List<String> aggregates =
        Arrays.stream(RepositoryAccess.class.getMethods())
            .map(accessor -> Operations.aggregate(accessor.getReturnType()))
            .sorted()
            .toList();

    assertThat(aggregates)
        .containsExactly(
            "app_session",
            "browser_session",
            "compat_access_token",
            "compat_refresh_token",
            "compat_session",
            "compat_sso_login",
            "oauth2_access_token",
            "oauth2_authorization_grant",
            "oauth2_client",
            "oauth2_device_code_grant",
            "oauth2_refresh_token",
            "oauth2_session",
            "personal_access_token",
            "personal_session",
            "policy_data",
            "queue_job",
            "queue_schedule",
            "queue_worker",
            "upstream_oauth_authorization_session",
            "upstream_oauth_link",
            "upstream_oauth_provider",
            "user",
            "user_email",
            "user_password",
            "user_recovery",
            "user_registration",
            "user_registration_token",
            "user_terms");
  }

  @Test
  void areReportedWithEachStatement() {
    Fixture fixture = Fixture.of(store);

    for (Operations.Operation operation : Operations.all()) {
      store.statements();
      try (Repository repo = store.repositories().begin()) {
        operation.call(repo, fixture);
        List<StorageObserver.Statement> sent = store.statements();
        repo.cancel();

        assertThat(sent)
            .as(operation.name())
            .isNotEmpty()
            .extracting(StorageObserver.Statement::operation)
            .containsOnly(operation.name());
      }
    }
  }

  @Test
  void areInTheRefusalOfEachWriteWhileReading() {
    Fixture fixture = Fixture.of(store);
    Set<String> allowed = new TreeSet<>();
    store.statements();

    for (Operations.Operation operation : Operations.all()) {
      try {
        store.read(repo -> new Object[] {operation.call(repo, fixture)});
        allowed.add(operation.name());
      } catch (ReadOnlyException e) {
        assertThat(e).hasMessageStartingWith(operation.name() + " ");
        assertThat(e.retryable()).isFalse();
        assertThat(e.abortsUnitOfWork()).isFalse();
        assertThat(store.statements()).as(operation.name()).isEmpty();
      }
      store.statements();
    }

    assertThat(allowed).containsExactlyInAnyOrderElementsOf(READING);
  }

  @Test
  void ofReadingOperationsAreNeverReportedAsForgotten() {
    Fixture fixture = Fixture.of(store);

    for (Operations.Operation operation : Operations.all()) {
      try (Repository repo = store.repositories().begin()) {
        operation.call(repo, fixture);
      }

      List<List<String>> forgotten = store.abandoned();
      if (READING.contains(operation.name())) {
        assertThat(forgotten).as(operation.name()).isEmpty();
      } else {
        assertThat(forgotten).containsExactly(List.of(operation.name()));
      }
    }
  }

  @Test
  void runByThemselvesInDirectAccess() {
    Fixture fixture = Fixture.of(store);

    for (Operations.Operation operation : Operations.all()) {
      if (LOCKING.contains(operation.name())) {
        assertThatThrownBy(
                () -> store.repositories().direct(repo -> operation.call(repo, fixture) == null))
            .isInstanceOfSatisfying(
                InvalidStateException.class,
                e -> assertThat(e.reason()).isEqualTo(StateReason.NO_TRANSACTION));
      }
    }
  }
}
