package dev.authstore.storage.pg.policy;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Ids;
import dev.authstore.model.Json;
import dev.authstore.model.policy.PolicyData;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.Race;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PolicyDataRepositoryTest {
  private static final int MEBIBYTE = 1024 * 1024;

  @RegisterExtension final Store store = Store.fresh();

  @Nested
  class Get {
    @Test
    void findsNothingBeforeAnythingIsSet() {
      assertThat(get()).isEmpty();
    }

    @Test
    void findsWhatWasSetLast() {
      set("1");
      store.clock().advance(Duration.ofSeconds(1));
      PolicyData second = set("2");

      Optional<PolicyData> found = get();

      assertThat(found).contains(second);
    }
  }

  @Nested
  class GetIfNewer {
    @Test
    void findsTheVersionInForceWhenNoneIsKnown() {
      PolicyData policy = set("1");

      Optional<PolicyData> found = getIfNewer(Optional.empty());

      assertThat(found).contains(policy);
    }

    @Test
    void findsNothingWhenTheVersionInForceIsKnown() {
      set("1");
      PolicyData second = set("2");

      Optional<PolicyData> found = getIfNewer(Optional.of(second.id()));

      assertThat(found).isEmpty();
    }

    @Test
    void findsTheVersionInForceWhenAnEarlierOneIsKnown() {
      PolicyData first = set("1");
      PolicyData second = set("2");

      Optional<PolicyData> found = getIfNewer(Optional.of(first.id()));

      assertThat(found).contains(second);
    }

    @Test
    void findsTheVersionInForceWhenTheKnownOneIsGone() {
      PolicyData first = set("1");
      PolicyData second = set("2");
      prune(1);

      Optional<PolicyData> found = getIfNewer(Optional.of(first.id()));

      assertThat(found).contains(second);
    }

    @Test
    void findsNothingBeforeAnythingIsSet() {
      assertThat(getIfNewer(Optional.empty())).isEmpty();
      assertThat(getIfNewer(Optional.of(new UUID(0, 1)))).isEmpty();
    }
  }

  @Nested
  class Lookup {
    @Test
    void findsEarlierVersions() {
      PolicyData first = set("1");
      set("2");

      Optional<PolicyData> found = store.read(repo -> repo.policyData().lookup(first.id()));

      assertThat(found).contains(first);
    }

    @Test
    void findsNothingUnderAnotherId() {
      set("1");

      Optional<PolicyData> found = store.read(repo -> repo.policyData().lookup(new UUID(0, 1)));

      assertThat(found).isEmpty();
    }
  }

  @Nested
  class SetVersion {
    @ParameterizedTest
    @ValueSource(
        strings = {
          "{}",
          "{\"b\": {\"d\": [], \"c\": 1}, \"a\": \"text\"}",
          "{\"a\": 1, \"a\": 2}",
          "[1, \"two\", null, false]",
          "\"text\"",
          "null",
          "true",
          "-0.0",
          "1e400",
          "0.000000000000000000000000000001",
          "123456789012345678901234567890123456789012345678901234567890.5"
        })
    void returnsWhatIsStored(String json) {
      PolicyData policy = set(json);

      Optional<PolicyData> found = get();

      assertThat(found).contains(policy);
      assertThat(policy.data()).isEqualTo(Json.parse(json));
    }

    @Test
    void storesDeepDocuments() {
      PolicyData policy = set("[".repeat(100) + "]".repeat(100));

      assertThat(get()).contains(policy);
    }

    @Test
    void addsAVersionForAnEqualDocument() {
      PolicyData first = set("1");
      PolicyData second = set("1");

      assertThat(get()).contains(second);
      assertThat(second.id()).isNotEqualTo(first.id());
      assertThat(second.data()).isEqualTo(first.data());
    }

    @Test
    void acceptsAMebibyte() {
      PolicyData policy = set(string(MEBIBYTE));

      assertThat(get()).contains(policy);
    }

    @Test
    void refusesMoreThanAMebibyte() {
      PolicyData policy = set("1");
      Json data = Json.parse(string(MEBIBYTE + 1));
      store.statements();

      assertThat(store.refusal(repo -> repo.policyData().set(data)))
          .isInstanceOf(InvalidInputException.class);
      assertThat(store.statements())
          .noneMatch(statement -> statement.operation().startsWith("policy_data"));
      assertThat(get()).contains(policy);
    }

    @Test
    void putsTheSecondOfOneMillisecondInForce() {
      List<PolicyData> versions =
          store.write(
              repo ->
                  IntStream.range(0, 10)
                      .mapToObj(i -> repo.policyData().set(Json.parse(String.valueOf(i))))
                      .toList());

      assertThat(get()).contains(versions.get(9));
      assertThat(versions).extracting(PolicyData::id).isSortedAccordingTo(Ids.UNSIGNED_ORDER);
    }

    @Test
    void leavesTheVersionInForceWhenItIsNotSaved() {
      PolicyData first = set("1");
      store.hold(repo -> repo.policyData().set(Json.parse("2"))).cancel();

      assertThat(get()).contains(first);
    }

    @Test
    void waitsForAnother() throws Exception {
      Store.Held<PolicyData> first = store.hold(repo -> repo.policyData().set(Json.parse("1")));
      Future<PolicyData> second = store.start(repo -> repo.policyData().set(Json.parse("2")));
      store.awaitBlocked(1);

      first.save();
      PolicyData later = second.get(20, SECONDS);

      assertThat(get()).contains(later);
      assertThat(List.of(first.result().id(), later.id())).isSortedAccordingTo(Ids.UNSIGNED_ORDER);
    }

    @Test
    void putsTheLastToSaveInForceAmongThirtyTwo() throws Exception {
      RepositoryFactory repositories = store.repositories();

      Race.Results<PolicyData> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.call(
                          repo -> repo.policyData().set(Json.parse(String.valueOf(number)))));

      assertThat(race.failures()).isEmpty();
      assertThat(get())
          .isEqualTo(
              race.values().stream()
                  .max((one, other) -> Ids.UNSIGNED_ORDER.compare(one.id(), other.id())));
      assertThat(count()).isEqualTo(32);
      assertThat(store.select("SELECT id FROM policy_data ORDER BY id"))
          .isEqualTo(store.select("SELECT id FROM policy_data ORDER BY xmin::text::bigint"));
    }
  }

  @Nested
  class Prune {
    @Test
    void leavesTheVersionInForce() {
      set("1");
      PolicyData second = set("2");

      List<Integer> deleted = List.of(prune(1), prune(1));

      assertThat(deleted).containsExactly(1, 0);
      assertThat(get()).contains(second);
      assertThat(count()).isOne();
    }

    @Test
    void leavesTheLatest() {
      List<PolicyData> versions =
          IntStream.range(0, 5).mapToObj(i -> set(String.valueOf(i))).toList();

      int deleted = prune(2);

      assertThat(deleted).isEqualTo(3);
      assertThat(store.select("SELECT id FROM policy_data ORDER BY id"))
          .containsExactly(versions.get(3).id().toString(), versions.get(4).id().toString());
    }

    @Test
    void deletesNothingWhileThereAreFew() {
      set("1");
      set("2");
      set("3");

      assertThat(List.of(prune(10), prune(3))).containsExactly(0, 0);
      assertThat(count()).isEqualTo(3);
    }

    @Test
    void deletesNothingWhereNothingIs() {
      assertThat(prune(1)).isZero();
    }

    @Test
    void refusesToLeaveNone() {
      set("1");

      for (int keep : List.of(0, -1)) {
        assertThat(store.refusal(repo -> repo.policyData().prune(keep)))
            .isInstanceOf(InvalidInputException.class);
      }
      assertThat(count()).isOne();
    }

    @Test
    void doesNotTouchAVersionThatIsBeingSet() throws Exception {
      PolicyData first = set("1");
      Store.Held<PolicyData> second = store.hold(repo -> repo.policyData().set(Json.parse("2")));

      int deleted = store.start(repo -> repo.policyData().prune(1)).get(20, SECONDS);
      second.save();

      assertThat(deleted).isZero();
      assertThat(get()).contains(second.result());
      assertThat(getIfNewer(Optional.of(first.id()))).contains(second.result());
    }
  }

  private PolicyData set(String json) {
    return store.write(repo -> repo.policyData().set(Json.parse(json)));
  }

  private Optional<PolicyData> get() {
    return store.read(repo -> repo.policyData().get());
  }

  private Optional<PolicyData> getIfNewer(Optional<UUID> known) {
    return store.read(repo -> repo.policyData().getIfNewer(known));
  }

  private int prune(int keep) {
    return store.write(repo -> repo.policyData().prune(keep));
  }

  private int count() {
    return store.select("SELECT id FROM policy_data").size();
  }

  /** A document of so many bytes. */
  private static String string(int bytes) {
    return "\"" + "x".repeat(bytes - 2) + "\"";
  }
}
