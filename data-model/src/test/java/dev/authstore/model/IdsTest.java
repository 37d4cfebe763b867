package dev.authstore.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

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
