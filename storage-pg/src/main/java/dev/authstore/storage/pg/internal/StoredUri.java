package dev.authstore.storage.pg.internal;

import java.net.URI;
import java.net.URISyntaxException;

/** How {@link Row} decodes addresses. */
public final class StoredUri {
  private StoredUri() {}

  /**
   * The address.
   *
   * @throws IllegalArgumentException if the text is none; without the text, as it may be a secret
   */
  public static URI parse(String stored) {
    try {
      return new URI(stored);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("not an address"); // without the cause, which has the text
    }
  }
}
