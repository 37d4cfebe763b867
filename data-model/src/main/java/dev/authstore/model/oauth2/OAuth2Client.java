package dev.authstore.model.oauth2;

import dev.authstore.model.JwsAlgorithm;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * A relying party that may ask for tokens: dynamic, which has registered itself (RFC 7591), or
 * static, which mirrors the configuration. It was created at the millisecond in its id.
 *
 * <p>What is absent was not registered; the defaults of the specifications are the service's.
 *
 * @param metadataDigest of the registration, 64 hexadecimal digits, which makes equal registrations
 *     one client; only of dynamic clients without a secret
 * @param encryptedClientSecret encrypted by the service and opaque, not printed
 * @param redirectUris normalised as by {@link RedirectUris#normalise}, in the client's order
 * @param tokenEndpointAuthMethod without one the client cannot use the endpoints that need it
 * @param isStatic whether it mirrors the configuration
 */
public record OAuth2Client(
    UUID id,
    Optional<String> metadataDigest,
    Optional<String> encryptedClientSecret,
    Optional<ApplicationType> applicationType,
    List<URI> redirectUris,
    Set<GrantType> grantTypes,
    Optional<String> clientName,
    Optional<URI> logoUri,
    Optional<URI> clientUri,
    Optional<URI> policyUri,
    Optional<URI> tosUri,
    Optional<JwksSource> jwks,
    Optional<JwsAlgorithm> idTokenSignedResponseAlg,
    Optional<JwsAlgorithm> userinfoSignedResponseAlg,
    Optional<ClientAuthMethod> tokenEndpointAuthMethod,
    Optional<JwsAlgorithm> tokenEndpointAuthSigningAlg,
    Optional<URI> initiateLoginUri,
    boolean isStatic) {

  public OAuth2Client {
    redirectUris = List.copyOf(redirectUris);
    grantTypes = Set.copyOf(grantTypes);
  }

  /** The {@code client_id}: the id as text. */
  public String clientId() {
    return id.toString();
  }

  /** Where the answer to an authorization request goes, with the ports that were registered. */
  public RedirectUriResolution resolveRedirectUri(Optional<URI> requested) {
    return resolveRedirectUri(requested, LoopbackPorts.AS_REGISTERED);
  }

  /**
   * Where the answer to an authorization request goes: to the URI requested if it is one of those
   * registered, or to the only one registered if none was requested (RFC 6749, section 3.1.2.3).
   * The port of a URI at {@code localhost}, {@code 127.0.0.1} or {@code [::1]} may differ.
   */
  public RedirectUriResolution resolveRedirectUri(Optional<URI> requested, LoopbackPorts ports) {
    return RedirectUris.resolve(redirectUris, requested, ports);
  }

  @Override
  public String toString() {
    return "OAuth2Client[id="
        + id
        + ", grantTypes="
        + grantTypes
        + ", tokenEndpointAuthMethod="
        + tokenEndpointAuthMethod
        + ", isStatic="
        + isStatic
        + "]";
  }
}
