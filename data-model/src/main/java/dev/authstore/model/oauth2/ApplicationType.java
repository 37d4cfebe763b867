package dev.authstore.model.oauth2;

import dev.authstore.model.Texts;

/**
 * What kind of application a client is (OpenID Connect Registration 1.0, section 2). Open: a client
 * may have registered one that is not listed here.
 *
 * @param value as in the metadata of the client
 */
public record ApplicationType(String value) {
  public static final ApplicationType WEB = new ApplicationType("web");
  public static final ApplicationType NATIVE = new ApplicationType("native");

  /**
   * @throws IllegalArgumentException if the value cannot be stored: empty, longer than 255 bytes,
   *     with U+0000 or an unpaired surrogate
   */
  public ApplicationType {
    Texts.identity(value, 255);
  }
}
