package dev.authstore.database.tls;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * One block of a PEM text.
 *
 * @param label what the block says it is
 * @param base64 what is in it
 */
record Pem(String label, String base64) {

  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");

  /** The blocks of a text, in their order; none if it is something else. */
  static List<Pem> blocks(byte[] text) {
    return BLOCK
        .matcher(new String(text, StandardCharsets.ISO_8859_1))
        .results()
        .map(Pem::block)
        .toList();
  }

  private static Pem block(MatchResult match) {
    return new Pem(match.group(1), match.group(2));
  }

  byte[] der() {
    try {
      return Base64.getMimeDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      return new byte[0]; // as unreadable as the rest
    }
  }

  @Override
  public String toString() {
    return "Pem[" + label + "]";
  }
}
