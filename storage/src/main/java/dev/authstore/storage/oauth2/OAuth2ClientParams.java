package dev.authstore.storage.oauth2;

import dev.authstore.model.JwsAlgorithm;
import dev.authstore.model.oauth2.ApplicationType;
import dev.authstore.model.oauth2.ClientAuthMethod;
import dev.authstore.model.oauth2.GrantType;
import dev.authstore.model.oauth2.JwksSource;
import dev.authstore.storage.InvalidInputException;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What a client registers of itself, as {@link dev.authstore.model.oauth2.OAuth2Client} keeps it.
 *
 * @param redirectUris normalised here
 * @param metadataDigest 64 hexadecimal digits in lower case; only without a secret
 * @param encryptedClientSecret opaque, not printed
 */
public record OAuth2ClientParams(
    List<URI> redirectUris,
    Optional<String> metadataDigest,
    Optional<String> encryptedClientSecret,
    Optional<ApplicationType> applicationType,
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
    Optional<URI> initiateLoginUri) {
  private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");

  /**
   * @throws InvalidInputException if the digest is none or comes with a secret; if a redirect URI
   *     has an authority without host, or with a port that is no number; if the name is longer than
   *     1,024 bytes, or another text longer than 8,192; if one is empty or holds U+0000 or an
   *     unpaired surrogate
   */
  public OAuth2ClientParams {
    redirectUris = Checks.redirectUris(redirectUris);
    grantTypes = Set.copyOf(grantTypes);
    Checks.clientSecret(encryptedClientSecret);
    Checks.clientName(clientName);
    Checks.uri("logo URI", logoUri);
    Checks.uri("client URI", clientUri);
    Checks.uri("policy URI", policyUri);
    Checks.uri("terms of service URI", tosUri);
    Checks.uri("initiate login URI", initiateLoginUri);
    Checks.jwks(jwks);
    if (!metadataDigest.map(OAuth2ClientParams::isMetadataDigest).orElse(true)) {
      throw new InvalidInputException("metadata digest is not 64 lower-case hexadecimal digits");
    }
    if (metadataDigest.isPresent() && encryptedClientSecret.isPresent()) {
      throw new InvalidInputException("a client with a secret is not shared by its metadata");
    }
  }

  /** Whether the text is 64 hexadecimal digits in lower case. */
  public static boolean isMetadataDigest(String text) {
    return DIGEST.matcher(text).matches();
  }

  @Override
  public String toString() {
    return "OAuth2ClientParams[grantTypes="
        + grantTypes
        + ", tokenEndpointAuthMethod="
        + tokenEndpointAuthMethod
        + "]";
  }
}
