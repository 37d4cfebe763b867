package dev.authstore.model.upstream;

import dev.authstore.model.JwsAlgorithm;
import dev.authstore.model.ResponseMode;
import dev.authstore.model.Scope;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * An identity provider at which people may log in: how to reach it, how to prove to it who we are,
 * what to ask for, and what becomes of the answer.
 *
 * @param issuer compared by the letter; absent only without discovery
 * @param humanName for people to read
 * @param brandName a hint for the user interface, such as {@code google}
 * @param scope what is asked for
 * @param clientId who we are at the provider
 * @param encryptedClientSecret encrypted by the service and opaque, not printed; for Sign in with
 *     Apple the key and what belongs to it
 * @param idTokenSignedResponseAlg how id tokens and logout tokens must be signed
 * @param fetchUserinfo whether the userinfo endpoint is asked as well
 * @param userinfoSignedResponseAlg how its answer must be signed; absent: not at all
 * @param responseMode how the answer travels; absent: as the provider likes
 * @param authorizationEndpointOverride used instead of what discovery finds, as are the next three
 * @param additionalAuthorizationParameters in their order
 * @param forwardLoginHint whether the {@code login_hint} of the application is passed on
 * @param registrationTokenRequired whether signing up by this provider takes an invitation
 * @param uiOrder the place in the user interface, ascending
 * @param disabledAt since when nobody can log in there
 */
public record UpstreamOAuthProvider(
    UUID id,
    Optional<String> issuer,
    Optional<String> humanName,
    Optional<String> brandName,
    Scope scope,
    String clientId,
    Optional<String> encryptedClientSecret,
    TokenAuthMethod tokenEndpointAuthMethod,
    Optional<JwsAlgorithm> tokenEndpointSigningAlg,
    JwsAlgorithm idTokenSignedResponseAlg,
    boolean fetchUserinfo,
    Optional<JwsAlgorithm> userinfoSignedResponseAlg,
    DiscoveryMode discoveryMode,
    PkceMode pkceMode,
    Optional<ResponseMode> responseMode,
    Optional<URI> authorizationEndpointOverride,
    Optional<URI> tokenEndpointOverride,
    Optional<URI> userinfoEndpointOverride,
    Optional<URI> jwksUriOverride,
    ClaimsImports claimsImports,
    List<AuthorizationParameter> additionalAuthorizationParameters,
    boolean forwardLoginHint,
    OnBackchannelLogout onBackchannelLogout,
    boolean registrationTokenRequired,
    int uiOrder,
    Instant createdAt,
    Optional<Instant> disabledAt) {

  public UpstreamOAuthProvider {
    additionalAuthorizationParameters = List.copyOf(additionalAuthorizationParameters);
  }

  /** Whether people may log in there. */
  public boolean isEnabled() {
    return disabledAt.isEmpty();
  }

  @Override
  public String toString() {
    return "UpstreamOAuthProvider[id="
        + id
        + ", tokenEndpointAuthMethod="
        + tokenEndpointAuthMethod
        + ", discoveryMode="
        + discoveryMode
        + ", createdAt="
        + createdAt
        + ", disabledAt="
        + disabledAt
        + "]";
  }
}
