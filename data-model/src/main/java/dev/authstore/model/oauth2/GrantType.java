package dev.authstore.model.oauth2;

import dev.authstore.model.Texts;

/**
 * By what a client gets tokens (RFC 6749, section 1.3). Open: a client may have registered one that
 * is not listed here.
 *
 * @param value as in the metadata of the client
 */
public record GrantType(String value) {
  public static final GrantType AUTHORIZATION_CODE = new GrantType("authorization_code");
  public static final GrantType REFRESH_TOKEN = new GrantType("refresh_token");
  public static final GrantType IMPLICIT = new GrantType("implicit");
  public static final GrantType CLIENT_CREDENTIALS = new GrantType("client_credentials");
  public static final GrantType PASSWORD = new GrantType("password");
  public static final GrantType DEVICE_CODE =
      new GrantType("urn:ietf:params:oauth:grant-type:device_code");
  public static final GrantType JWT_BEARER =
      new GrantType("urn:ietf:params:oauth:grant-type:jwt-bearer");
  public static final GrantType CIBA = new GrantType("urn:openid:params:grant-type:ciba");

  /**
   * @throws IllegalArgumentException if the value cannot be stored: empty, longer than 255 bytes,
   *     with U+0000 or an unpaired surrogate
   */
  public GrantType {
    Texts.identity(value, 255);
  }
}
