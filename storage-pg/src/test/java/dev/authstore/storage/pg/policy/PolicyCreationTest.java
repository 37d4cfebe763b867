package dev.authstore.storage.pg.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Json;
import dev.authstore.model.policy.PolicyData;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.MutableClock;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What setting policy data returns is what is read again, whatever the clock says. */
class PolicyCreationTest {
  private static final Instant STORED = Instant.parse("2022-01-16T14:40:00.999999Z");

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  @Test
  void ofPolicyData() {
    PolicyData policy =
        store.write(repo -> repo.policyData().set(Json.parse("{\"b\": 1.50, \"a\": null}")));

    Optional<PolicyData> found = store.read(repo -> repo.policyData().lookup(policy.id()));

    assertThat(found).contains(policy);
    assertThat(policy.createdAt()).isEqualTo(STORED);
  }
}
