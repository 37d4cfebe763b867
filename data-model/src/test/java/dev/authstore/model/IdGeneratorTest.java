package dev.authstore.model;

import static java.util.stream.Collectors.toUnmodifiableSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdGeneratorTest {
  private static final Instant AT = Instant.parse("2022-01-16T14:40:00Z");
  private static final RandomGenerator ONLY_ZEROS = () -> 0;
  private static final RandomGenerator ONLY_ONES = () -> -1;

  private final IdGenerator generator = new IdGenerator(new SplittableRandom(1));

  @Nested
  class Next {
    @Test
    void isOfVersion7() {
      assertThat(generator.next(AT).version()).isEqualTo(7);
    }

    @Test
    void isOfTheVariantOfTheRfc() {
      assertThat(generator.next(AT).variant()).isEqualTo(2);
    }

    @Test
    void bearsTheMillisecondAskedFor() {
      UUID id = generator.next(AT.plusNanos(1_999_999));

      assertThat(Ids.timestamp(id)).isEqualTo(AT.plusMillis(1));
    }

    @Test
    void takesTimeBefore1970As1970() {
      assertThat(Ids.timestamp(generator.next(Instant.MIN))).isEqualTo(Instant.EPOCH);
    }

    @Test
    void refusesTheYear10000() {
      assertThatIllegalArgumentException().isThrownBy(() -> generator.next(Instant.MAX));
    }

    @Test
    void keepsTheRandomBitsAwayFromVersionAndVariant() {
      assertThat(new IdGenerator(ONLY_ONES).next(Instant.EPOCH.plusMillis(1)))
          .hasToString("00000000-0001-77ff-bfff-ffffffffffff");
      assertThat(new IdGenerator(ONLY_ZEROS).next(Instant.EPOCH.plusMillis(1)))
          .hasToString("00000000-0001-7000-8000-000000000000");
    }

    @Test
    void drawsEachTailAnew() {
      List<UUID> ids = take(1_000, AT);

      assertThat(ids.stream().map(UUID::getLeastSignificantBits)).doesNotHaveDuplicates();
    }
  }

  @Nested
  class Monotony {
    @Test
    void holdsWhileTheClockStandsStill() {
      assertThat(take(10_000, AT)).isSortedAccordingTo(Ids.UNSIGNED_ORDER).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT0.001S", "PT1H"})
    void holdsWhenTheClockStepsBack(Duration step) {
      UUID before = generator.next(AT);

      UUID after = generator.next(AT.minus(step));

      assertThat(after).usingComparator(Ids.UNSIGNED_ORDER).isGreaterThan(before);
    }

    @Test
    void keepsTheMillisecondWhenTheClockStepsBack() {
      generator.next(AT);

      UUID after = generator.next(AT.minusSeconds(3600));

      assertThat(Ids.timestamp(after)).isEqualTo(AT);
    }

    @Test
    void followsTheClockAgainOnceItHasCaughtUp() {
      generator.next(AT);
      generator.next(AT.minusSeconds(3600));

      UUID id = generator.next(AT.plusMillis(1));

      assertThat(Ids.timestamp(id)).isEqualTo(AT.plusMillis(1));
    }
  }

  @Nested
  class Counter {
    private final IdGenerator startingHigh = new IdGenerator(ONLY_ONES);

    @Test
    void leavesRoomFor2048IdsAtTheLeast() {
      List<UUID> ids = Stream.generate(() -> startingHigh.next(AT)).limit(2_048).toList();

      assertThat(ids).extracting(Ids::timestamp).containsOnly(AT);
    }

    @Test
    void carriesIntoTheNextMillisecondWhenItIsFull() {
      List<UUID> ids = Stream.generate(() -> startingHigh.next(AT)).limit(2_050).toList();

      assertThat(ids).isSortedAccordingTo(Ids.UNSIGNED_ORDER).doesNotHaveDuplicates();
      assertThat(Ids.timestamp(ids.get(2_048))).isEqualTo(AT);
      assertThat(Ids.timestamp(ids.get(2_049))).isEqualTo(AT.plusMillis(1));
    }

    @Test
    void leavesVersionAndVariantAloneWhenItCarries() {
      List<UUID> ids = Stream.generate(() -> startingHigh.next(AT)).limit(10_000).toList();

      assertThat(ids).extracting(UUID::version).containsOnly(7);
      assertThat(ids).extracting(UUID::variant).containsOnly(2);
    }
  }

  /** A million ids, made by eight threads whose common clock moves on by 1 ms every 1,000 ids. */
  @Nested
  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  class SharedByThreads {
    private static final int THREADS = 8;
    private static final int IDS_PER_THREAD = 125_000;

    private record Made(Instant at, UUID id) {}

    private final AtomicLong readings = new AtomicLong();
    private final List<List<Made>> madeByThread = new ArrayList<>();

    SharedByThreads() throws Exception {
      ExecutorService executor = Executors.newFixedThreadPool(THREADS);
      try {
        Callable<List<Made>> maker =
            () -> Stream.generate(this::make).limit(IDS_PER_THREAD).toList();
        for (Future<List<Made>> made : executor.invokeAll(Collections.nCopies(THREADS, maker))) {
          madeByThread.add(made.get());
        }
      } finally {
        executor.shutdownNow();
      }
    }

    @Test
    void makesEachIdOnce() {
      assertThat(all().map(Made::id).collect(toUnmodifiableSet()))
          .hasSize(THREADS * IDS_PER_THREAD);
    }

    @Test
    void increasesForEachThread() {
      assertThat(madeByThread)
          .allSatisfy(
              made ->
                  assertThat(made.stream().map(Made::id)).isSortedAccordingTo(Ids.UNSIGNED_ORDER));
    }

    @Test
    void setsVersionAndVariant() {
      assertThat(all().map(Made::id)).allMatch(id -> id.version() == 7 && id.variant() == 2);
    }

    @Test
    void isNeverEarlierThanTheClock() {
      assertThat(all()).noneMatch(made -> Ids.timestamp(made.id()).isBefore(made.at()));
    }

    private Made make() {
      Instant at = AT.plusMillis(readings.getAndIncrement() / 1_000);
      return new Made(at, generator.next(at));
    }

    private Stream<Made> all() {
      return madeByThread.stream().flatMap(List::stream);
    }
  }

  private List<UUID> take(int count, Instant at) {
    return Stream.generate(() -> generator.next(at)).limit(count).toList();
  }
}
