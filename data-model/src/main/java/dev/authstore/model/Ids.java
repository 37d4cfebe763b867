package dev.authstore.model;

import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * What the 128 bits of an id tell.
 *
 * <p>The upper 48 bits are the Unix time in milliseconds, in version 7 ids (RFC 9562, section 5.7)
 * as in ULIDs. Nothing here looks at the version, so ids imported as ULIDs are as good as our own.
 */
public final class Ids {
  /**
   * The order of PostgreSQL: unsigned, byte by byte. {@link UUID#compareTo} compares signed halves
   * and disagrees.
   */
  public static final Comparator<UUID> UNSIGNED_ORDER = Ids::compareUnsigned;

  private static final int BITS_BELOW_MILLIS = 16; // in the upper half
  private static final long TAIL_OF_UPPER_HALF = (1L << BITS_BELOW_MILLIS) - 1;
  private static final String CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  private static final int ULID_LENGTH = 26;
  private static final Pattern UUID_TEXT =
      Pattern.compile("\\p{XDigit}{8}(-\\p{XDigit}{4}){3}-\\p{XDigit}{12}");
  private static final Pattern ULID_TEXT = // more would not fit into 128 bits
      Pattern.compile("[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}");

  private Ids() {}

  /**
   * The lower bound of all ids of a millisecond: the time, then zeros. A bound, not a valid id.
   *
   * @param at counts in whole milliseconds; before 1970 it counts as 1970
   * @throws IllegalArgumentException after the year 9999
   */
  public static UUID minAt(Instant at) {
    return new UUID(millis(at) << BITS_BELOW_MILLIS, 0);
  }

  /**
   * The upper bound of all ids of a millisecond: the time, then ones. A bound, not a valid id.
   *
   * @param at counts in whole milliseconds; before 1970 it counts as 1970
   * @throws IllegalArgumentException after the year 9999
   */
  public static UUID maxAt(Instant at) {
    return new UUID(millis(at) << BITS_BELOW_MILLIS | TAIL_OF_UPPER_HALF, -1);
  }

  /** The millisecond in the id, whatever its version. */
  public static Instant timestamp(UUID id) {
    return Instant.ofEpochMilli(id.getMostSignificantBits() >>> BITS_BELOW_MILLIS);
  }

  /**
   * The same id as if it had been made at another time.
   *
   * @param at counts in whole milliseconds; before 1970 it counts as 1970
   * @throws IllegalArgumentException after the year 9999
   */
  public static UUID movedTo(Instant at, UUID id) {
    long tail = id.getMostSignificantBits() & TAIL_OF_UPPER_HALF;
    return new UUID(millis(at) << BITS_BELOW_MILLIS | tail, id.getLeastSignificantBits());
  }

  /**
   * The id that a text names: a UUID in its canonical form, in either case, or a ULID as by {@link
   * #ulid}, in either case. Empty for any other text.
   */
  public static Optional<UUID> parse(String text) {
    if (UUID_TEXT.matcher(text).matches()) {
      return Optional.of(UUID.fromString(text));
    }
    return ULID_TEXT.matcher(text).matches() ? Optional.of(fromUlid(text)) : Optional.empty();
  }

  /** The id as a ULID: 26 characters, each five bits in Crockford's base 32, the first three. */
  public static String ulid(UUID id) {
    long upper = id.getMostSignificantBits();
    long lower = id.getLeastSignificantBits();
    char[] text = new char[ULID_LENGTH];
    for (int i = ULID_LENGTH - 1; i >= 0; i--) {
      text[i] = CROCKFORD.charAt((int) (lower & 0b11111));
      lower = lower >>> 5 | upper << 59;
      upper >>>= 5;
    }
    return new String(text);
  }

  private static UUID fromUlid(String text) {
    long upper = 0;
    long lower = 0;
    for (int i = 0; i < ULID_LENGTH; i++) {
      upper = upper << 5 | lower >>> 59;
      lower = lower << 5 | CROCKFORD.indexOf(Character.toUpperCase(text.charAt(i)));
    }
    return new UUID(upper, lower);
  }

  static long millis(Instant at) {
    if (at.isAfter(Instants.LAST)) {
      throw new IllegalArgumentException("instant is after the year 9999");
    }
    return at.isBefore(Instant.EPOCH) ? 0 : at.toEpochMilli();
  }

  private static int compareUnsigned(UUID a, UUID b) {
    int upper = Long.compareUnsigned(a.getMostSignificantBits(), b.getMostSignificantBits());
    return upper != 0
        ? upper
        : Long.compareUnsigned(a.getLeastSignificantBits(), b.getLeastSignificantBits());
  }
}
