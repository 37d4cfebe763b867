package dev.authstore.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdsTest {
  private static final Instant AT = Instant.parse("2022-01-16T14:40:00Z");

  /** RFC 9562, appendix A.6. */
  private static final UUID VERSION_7 = UUID.fromString("017f22e2-79b0-7cc3-98c4-dc0c0c07398f");

  private static final UUID ALL_ONES = new UUID(-1, -1);

  @Nested
  class MinAt {
    @Test
    void isTheTimeThenZeros() {
      assertThat(Ids.minAt(Instant.ofEpochMilli(0x017F22E279B0L)))
          .hasToString("017f22e2-79b0-0000-0000-000000000000");
    }

    @Test
    void countsWholeMilliseconds() {
      assertThat(Ids.minAt(AT.plusNanos(999_999))).isEqualTo(Ids.minAt(AT));
    }

    @Test
    void takesTimeBefore1970As1970() {
      assertThat(Ids.minAt(Instant.MIN)).isEqualTo(new UUID(0, 0));
    }

    @Test
    void refusesTheYear10000() {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Ids.minAt(Instant.parse("+10000-01-01T00:00:00Z")));
    }
  }

  @Nested
  class Parse {
    @Test
    void readsAUuid() {
      assertThat(Ids.parse("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")).contains(VERSION_7);
      assertThat(Ids.parse("017F22E2-79B0-7CC3-98C4-DC0C0C07398F")).contains(VERSION_7);
    }

    @Test
    void readsWhatUlidWrites() {
      for (UUID id : List.of(VERSION_7, ALL_ONES, new UUID(0, 0), new UUID(0, 1))) {
        assertThat(Ids.parse(Ids.ulid(id))).contains(id);
        assertThat(Ids.parse(Ids.ulid(id).toLowerCase(Locale.ROOT))).contains(id);
      }
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "",
          "1-1-1-1-1",
          "017f22e279b07cc398c4dc0c0c07398f",
          " 017f22e2-79b0-7cc3-98c4-dc0c0c07398f",
          "80000000000000000000000000",
          "0000000000000000000000000U",
          "0000000000000000000000000",
          "client"
        })
    void findsNoneInOtherText(String text) {
      assertThat(Ids.parse(text)).isEmpty();
    }
  }

  @Nested
  class MaxAt {
    @Test
    void isTheTimeThenOnes() {
      assertThat(Ids.maxAt(Instant.ofEpochMilli(0x017F22E279B0L)))
          .hasToString("017f22e2-79b0-ffff-ffff-ffffffffffff");
    }

    @Test
    void takesTimeBefore1970As1970() {
      assertThat(Ids.maxAt(Instant.EPOCH.minusNanos(1)))
          .hasToString("00000000-0000-ffff-ffff-ffffffffffff");
    }

    @Test
    void refusesTheYear10000() {
      assertThatIllegalArgumentException().isThrownBy(() -> Ids.maxAt(Instant.MAX));
    }
  }

  @Nested
  class MovedTo {
    @Test
    void changesTheTimeAlone() {
      assertThat(Ids.movedTo(Instant.ofEpochMilli(1), VERSION_7))
          .hasToString("00000000-0001-7cc3-98c4-dc0c0c07398f");
    }

    @Test
    void goesBackAndForth() {
      Instant before = Ids.timestamp(VERSION_7);

      assertThat(Ids.movedTo(before, Ids.movedTo(AT, VERSION_7))).isEqualTo(VERSION_7);
    }

    @Test
    void refusesTheYear10000() {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Ids.movedTo(Instant.parse("+10000-01-01T00:00:00Z"), VERSION_7));
    }
  }

  @Nested
  class Timestamp {
    @Test
    void isTheMillisecondOfVersion7() {
      assertThat(Ids.timestamp(VERSION_7)).isEqualTo("2022-02-22T19:22:22.000Z");
    }

    @Test
    void disregardsTheVersion() {
      assertThat(Ids.timestamp(Ids.maxAt(AT))).isEqualTo(AT);
    }

    @Test
    void isUnsigned() {
      assertThat(Ids.timestamp(ALL_ONES)).isEqualTo(Instant.ofEpochMilli((1L << 48) - 1));
    }
  }

  @Nested
  class Ulid {
    @Test
    void beginsWithTheTime() {
      assertThat(Ids.ulid(Ids.minAt(AT))).isEqualTo("01FSHN9AG00000000000000000");
    }

    @Test
    void writesFiveBitsPerCharacter() {
      assertThat(Ids.ulid(UUID.fromString("0110c853-1d09-52d8-d73e-1194e95b5f19")))
          .isEqualTo("0123456789ABCDEFGHJKMNPQRS");
    }

    @Test
    void beginsWithThreeBits() {
      assertThat(Ids.ulid(ALL_ONES)).isEqualTo("7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
    }
  }

  @Nested
  class UnsignedOrder {
    @Test
    void putsEveryIdOfAMillisecondBetweenItsBounds() {
      assertThat(new UUID[] {Ids.minAt(AT), new IdGenerator(() -> -1L).next(AT), Ids.maxAt(AT)})
          .isSortedAccordingTo(Ids.UNSIGNED_ORDER);
    }

    @Test
    void comparesTheUpperHalfUnsigned() {
      assertThat(Ids.UNSIGNED_ORDER.compare(new UUID(1, 0), new UUID(-1, 0))).isNegative();
    }

    @Test
    void comparesTheLowerHalfUnsigned() {
      assertThat(Ids.UNSIGNED_ORDER.compare(new UUID(7, 1), new UUID(7, -1))).isNegative();
    }

    @Test
    void findsEqualIdsEqual() {
      assertThat(Ids.UNSIGNED_ORDER.compare(VERSION_7, VERSION_7)).isZero();
    }
  }
}
