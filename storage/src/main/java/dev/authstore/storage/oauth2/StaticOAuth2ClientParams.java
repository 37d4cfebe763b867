package dev.authstore.storage.oauth2;

import dev.authstore.model.oauth2.ClientAuthMethod;
import dev.authstore.model.oauth2.JwksSource;
import dev.authstore.storage.InvalidInputException;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * A client that the configuration declares.
 *
 * @param id chosen by whoever wrote the configuration
 * @param redirectUris normalised here
 * @param encryptedClientSecret opaque, not printed
 */
public record StaticOAuth2ClientParams(
    UUID id,
    List<URI> redirectUris,
    ClientAuthMethod tokenEndpointAuthMethod,
    Optional<String> encryptedClientSecret,
    Optional<String> clientName,
    Optional<URI> clientUri,
    Optional<JwksSource> jwks) {

  /**
   * @throws InvalidInputException if a redirect URI has an authority without host, or with a port
   *     that is no number; if the name is longer than 1,024 bytes, or another text longer than
   *     8,192; if one is empty or holds U+0000 or an unpaired surrogate
   */
  public StaticOAuth2ClientParams {
    redirectUris = Checks.redirectUris(redirectUris);
    Checks.clientSecret(encryptedClientSecret);
    Checks.clientName(clientName);
    Checks.uri("client URI", clientUri);
    Checks.jwks(jwks);
  }

  @Override
  public String toString() {
    return "StaticOAuth2ClientParams[id="
        + id
        + ", tokenEndpointAuthMethod="
        + tokenEndpointAuthMethod
        + "]";
  }
}
