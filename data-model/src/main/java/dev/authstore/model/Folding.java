package dev.authstore.model;

import java.text.Normalizer;
import java.util.Locale;

/** Comparison of names regardless of case. */
public final class Folding {
  private Folding() {}

  /**
   * The form in which two spellings of one name are equal: normalised (Unicode NFC), in lower case,
   * normalised again, since lower case may take a composed character apart. Depends neither on the
   * locale of this process nor on that of the database, and folding twice changes nothing.
   */
  public static String fold(String text) {
    return nfc(nfc(text).toLowerCase(Locale.ROOT));
  }

  private static String nfc(String text) {
    return Normalizer.normalize(text, Normalizer.Form.NFC);
  }
}
