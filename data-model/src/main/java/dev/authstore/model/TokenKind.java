package dev.authstore.model;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32;

/**
 * What a token is for, as its text tells: {@code prefix_random_checksum}, of 3, 30 and 6
 * characters. The checksum lets scanners find leaked tokens, and spares the database look-ups of
 * text that was never a token.
 */
public enum TokenKind {
  /** OAuth 2.0 access token. */
  ACCESS_TOKEN("mat"),
  /** OAuth 2.0 refresh token. */
  REFRESH_TOKEN("mar"),
  /** Access token of the Matrix client-server API; older servers made others. */
  COMPAT_ACCESS_TOKEN("mct"),
  /** Refresh token of the Matrix client-server API; older servers made others. */
  COMPAT_REFRESH_TOKEN("mcr"),
  /** Access token that a person made for a script. */
  PERSONAL_ACCESS_TOKEN("mpt"),
  /** API key of an account. */
  ACCOUNT_API_KEY("aka"),
  /** API key of the instance. */
  INSTANCE_API_KEY("aki"),
  /** Invitation to become a member of an account. */
  MEMBER_INVITE("ami");

  /** What the text of a token tells. */
  public sealed interface Check {
    /** It has the form of a token of that kind; whether there is one, only the database knows. */
    record Recognised(TokenKind kind) implements Check {}

    /** It was never a token. */
    record Refused(Defect defect) implements Check {}
  }

  /** Why a text was never a token. */
  public enum Defect {
    /** Its parts are not three, of the right lengths and characters. */
    INVALID_FORMAT,
    /** No kind of token begins so. */
    UNKNOWN_PREFIX,
    /** It was mistyped, or made up. */
    INVALID_CHECKSUM
  }

  private static final String SEPARATOR = "_";
  private static final int PREFIX_LENGTH = 3;
  private static final int RANDOM_LENGTH = 30;
  private static final int CHECKSUM_LENGTH = 6;
  private static final String BASE_62 =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  private static final String OLD_ACCESS_TOKEN = "syt_";
  private static final String OLD_REFRESH_TOKEN = "syr_";

  /** What the first packet of a macaroon says, behind its four digits of length. */
  private static final byte[] MACAROON = "location ".getBytes(StandardCharsets.US_ASCII);

  private static final int MACAROON_OFFSET = 4;

  private final String prefix;

  TokenKind(String prefix) {
    this.prefix = prefix;
  }

  /** How a token of this kind begins, before the first underscore. */
  public String prefix() {
    return prefix;
  }

  /**
   * A new token with about 178 random bits.
   *
   * @param random must be hard to predict, like {@link java.security.SecureRandom}
   */
  public String generate(RandomGenerator random) {
    String body = prefix + SEPARATOR + RandomText.alphanumerics(random, RANDOM_LENGTH);
    return body + SEPARATOR + checksum(body);
  }

  /** Whether the text can be a token of this kind, so that it pays to look for it. */
  public boolean accepts(String text) {
    return check(text).equals(new Check.Recognised(this));
  }

  /**
   * Tells the kind of a token. What older Matrix servers have made (macaroons and {@code syt_}, and
   * {@code syr_}) is recognised by its beginning alone.
   */
  public static Check check(String text) {
    if (text.startsWith(OLD_ACCESS_TOKEN)) {
      return new Check.Recognised(COMPAT_ACCESS_TOKEN);
    }
    if (text.startsWith(OLD_REFRESH_TOKEN)) {
      return new Check.Recognised(COMPAT_REFRESH_TOKEN);
    }
    List<String> parts = List.of(text.split(SEPARATOR, -1));
    if (!isWellFormed(parts)) { // which no macaroon is, as base64 never has this length
      return isMacaroon(text)
          ? new Check.Recognised(COMPAT_ACCESS_TOKEN)
          : new Check.Refused(Defect.INVALID_FORMAT);
    }
    Optional<TokenKind> kind = ofPrefix(parts.get(0));
    if (kind.isEmpty()) {
      return new Check.Refused(Defect.UNKNOWN_PREFIX);
    }
    String body = parts.get(0) + SEPARATOR + parts.get(1);
    return parts.get(2).equals(checksum(body))
        ? new Check.Recognised(kind.get())
        : new Check.Refused(Defect.INVALID_CHECKSUM);
  }

  private static boolean isWellFormed(List<String> parts) {
    return parts.size() == 3
        && parts.get(0).length() == PREFIX_LENGTH
        && parts.get(1).length() == RANDOM_LENGTH
        && Texts.all(parts.get(1), RandomText::isAlphanumeric)
        && parts.get(2).length() == CHECKSUM_LENGTH;
  }

  private static Optional<TokenKind> ofPrefix(String prefix) {
    return Arrays.stream(values()).filter(kind -> kind.prefix.equals(prefix)).findFirst();
  }

  private static String checksum(String body) {
    CRC32 crc = new CRC32();
    crc.update(body.getBytes(StandardCharsets.UTF_8));
    return base62(crc.getValue());
  }

  /** The least significant digit first, then padded on the left. */
  static String base62(long number) {
    StringBuilder digits = new StringBuilder(CHECKSUM_LENGTH);
    for (long rest = number; rest > 0; rest /= BASE_62.length()) {
      digits.append(BASE_62.charAt((int) (rest % BASE_62.length())));
    }
    return "0".repeat(CHECKSUM_LENGTH - digits.length()) + digits;
  }

  private static boolean isMacaroon(String text) {
    try {
      byte[] decoded = Base64.getUrlDecoder().decode(text);
      int end = MACAROON_OFFSET + MACAROON.length;
      return !text.endsWith("=")
          && decoded.length >= end
          && Arrays.equals(Arrays.copyOfRange(decoded, MACAROON_OFFSET, end), MACAROON);
    } catch (IllegalArgumentException e) {
      return false; // not base64url
    }
  }
}
