package dev.authstore.storage.pg.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.authstore.model.Ids;
import dev.authstore.model.Json;
import dev.authstore.model.policy.PolicyData;
import dev.authstore.storage.InvalidDataException;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StorageObserver;
import dev.authstore.storage.pg.Authstore;
import dev.authstore.storage.pg.Store;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What other processes do to policy data, and what it costs. */
class PolicyDataPostgresTest {
  @RegisterExtension final Store store = Store.fresh();

  @Test
  void aVersionWinsOverAnEarlierOneFromAClockThatIsAhead() {
    PolicyData first = setByAClockAhead();

    PolicyData second = set("2");

    assertThat(get()).contains(second);
    assertThat(second.createdAt()).isEqualTo(first.createdAt().minus(Duration.ofHours(1)));
    assertThat(second.id().version()).isEqualTo(7);
    assertThat(Ids.timestamp(second.id())).isEqualTo(Ids.timestamp(first.id()).plusMillis(1));
  }

  @Test
  void aClockThatIsAheadDoesNotMoveTheIdsOfOthers() {
    setByAClockAhead();
    set("2");

    UUID next = store.write(repo -> repo.users().add("john")).id();

    assertThat(Ids.timestamp(next)).isEqualTo(store.clock().instant());
  }

  @Test
  void aVersionBehindOneThatIsAheadTakesTwoMoreStatements() {
    setByAClockAhead();
    store.statements();

    set("2");

    assertThat(store.statements())
        .extracting(StorageObserver.Statement::operation)
        .filteredOn("policy_data.set"::equals)
        .hasSize(4);
  }

  @Test
  void theDocumentIsNotSentToWhoHasIt() {
    PolicyData policy = set("1");
    store.statements();

    Optional<PolicyData> found =
        store.read(repo -> repo.policyData().getIfNewer(Optional.of(policy.id())));

    assertThat(found).isEmpty();
    assertThat(store.statements()).hasSize(1);
  }

  @Test
  void aDocumentThatCannotBeReadIsReported() {
    UUID id = new UUID(0, 1);
    store.sql(
        "INSERT INTO policy_data (id, created_at, data) VALUES (?, now(), ('1' || repeat('0', 2000))::jsonb)",
        id);

    assertThatExceptionOfType(InvalidDataException.class)
        .isThrownBy(this::get)
        .satisfies(
            e -> {
              assertThat(e.table()).isEqualTo("policy_data");
              assertThat(e.column()).isEqualTo("data");
              assertThat(e.id()).contains(id);
            });
  }

  /** A version by another process, an hour ahead of this one. */
  private PolicyData setByAClockAhead() {
    RepositoryFactory other =
        Authstore.using(store.dataSource(), store.schema(), store.settings()).repositories();
    PolicyData policy = other.call(repo -> repo.policyData().set(Json.parse("1")));
    store.clock().advance(Duration.ofHours(-1));
    return policy;
  }

  private PolicyData set(String json) {
    return store.write(repo -> repo.policyData().set(Json.parse(json)));
  }

  private Optional<PolicyData> get() {
    return store.read(repo -> repo.policyData().get());
  }
}
