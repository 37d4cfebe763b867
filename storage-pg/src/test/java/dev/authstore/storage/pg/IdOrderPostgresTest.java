package dev.authstore.storage.pg;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Ids;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class IdOrderPostgresTest {
  @RegisterExtension final Store store = Store.fresh();

  @Test
  void isTheOrderOfTheServer() {
    List<UUID> ids = ids();
    UUID[] array = ids.toArray(UUID[]::new);

    List<String> sorted =
        store.select("SELECT id FROM unnest(?::uuid[]) AS id ORDER BY id", (Object) array);

    assertThat(sorted)
        .isEqualTo(ids.stream().sorted(Ids.UNSIGNED_ORDER).map(UUID::toString).toList());
  }

  private static List<UUID> ids() {
    Random random = new Random(42);
    List<UUID> ids = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      ids.add(new UUID(random.nextLong(), random.nextLong()));
    }
    for (int i = 0; i < 100; i++) {
      Instant at = Instant.ofEpochMilli(random.nextLong(253_402_300_799_999L));
      ids.add(Ids.minAt(at));
      ids.add(Ids.maxAt(at));
    }
    ids.add(new UUID(0, 0));
    ids.add(new UUID(-1, -1));
    return ids;
  }
}
