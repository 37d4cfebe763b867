package dev.authstore.model.oauth2;

import dev.authstore.model.Texts;

/**
 * How a client proves who it is at the token endpoint (RFC 7591, section 2). Open: a client may
 * have registered one that is not listed here.
 *
 * @param value as in the metadata of the client
 */
public record ClientAuthMethod(String value) {
  public static final ClientAuthMethod NONE = new ClientAuthMethod("none");
  public static final ClientAuthMethod CLIENT_SECRET_POST =
      new ClientAuthMethod("client_secret_post");
  public static final ClientAuthMethod CLIENT_SECRET_BASIC =
      new ClientAuthMethod("client_secret_basic");
  public static final ClientAuthMethod CLIENT_SECRET_JWT =
      new ClientAuthMethod("client_secret_jwt");
  public static final ClientAuthMethod PRIVATE_KEY_JWT = new ClientAuthMethod("private_key_jwt");
  public static final ClientAuthMethod TLS_CLIENT_AUTH = new ClientAuthMethod("tls_client_auth");
  public static final ClientAuthMethod SELF_SIGNED_TLS_CLIENT_AUTH =
      new ClientAuthMethod("self_signed_tls_client_auth");

  /**
   * @throws IllegalArgumentException if the value cannot be stored: empty, longer than 255 bytes,
   *     with U+0000 or an unpaired surrogate
   */
  public ClientAuthMethod {
    Texts.identity(value, 255);
  }
}
