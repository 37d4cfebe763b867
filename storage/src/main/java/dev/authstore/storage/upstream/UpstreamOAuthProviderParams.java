package dev.authstore.storage.upstream;

import dev.authstore.model.JwsAlgorithm;
import dev.authstore.model.ResponseMode;
import dev.authstore.model.Scope;
import dev.authstore.model.upstream.AuthorizationParameter;
import dev.authstore.model.upstream.ClaimsImports;
import dev.authstore.model.upstream.DiscoveryMode;
import dev.authstore.model.upstream.OnBackchannelLogout;
import dev.authstore.model.upstream.PkceMode;
import dev.authstore.model.upstream.TokenAuthMethod;
import dev.authstore.storage.InvalidInputException;
import java.net.URI;
import java.util.List;
import java.util.Optional;

/**
 * How a provider is configured, as {@link dev.authstore.model.upstream.UpstreamOAuthProvider} keeps
 * it.
 *
 * @param encryptedClientSecret opaque, not printed
 */
public record UpstreamOAuthProviderParams(
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
    int uiOrder) {

  /**
   * @throws InvalidInputException if the scope is empty; if there is no issuer to discover anything
   *     from; if the secret or the signing algorithm is missing where the authentication method
   *     uses one, or given where it does not; if the answer is to travel in the fragment; if the
   *     claims are imported in a way that cannot work, as by {@link ClaimsImports}; if an endpoint
   *     is relative; if a name is longer than 1,024 bytes, or another text longer than 8,192; if
   *     one is empty, other than a template, or holds U+0000 or an unpaired surrogate
   */
  public UpstreamOAuthProviderParams {
    additionalAuthorizationParameters = List.copyOf(additionalAuthorizationParameters);
    ProviderChecks.texts(issuer, humanName, brandName, clientId, encryptedClientSecret);
    ProviderChecks.uri("authorization endpoint", authorizationEndpointOverride);
    ProviderChecks.uri("token endpoint", tokenEndpointOverride);
    ProviderChecks.uri("userinfo endpoint", userinfoEndpointOverride);
    ProviderChecks.uri("JWKS URI", jwksUriOverride);
    ProviderChecks.parameters(additionalAuthorizationParameters);
    ProviderChecks.imports(claimsImports);
    ProviderChecks.require(!scope.isEmpty(), "the scope is empty");
    ProviderChecks.require(
        issuer.isPresent() || discoveryMode.isDisabled(), "discovery needs an issuer");
    ProviderChecks.require(
        encryptedClientSecret.isPresent() == tokenEndpointAuthMethod.usesSecret(),
        "a client secret is given exactly if the authentication method uses one");
    ProviderChecks.require(
        tokenEndpointSigningAlg.isPresent() == tokenEndpointAuthMethod.choosesAlgorithm(),
        "a signing algorithm is given exactly if the authentication method has a choice");
    ProviderChecks.require(
        !responseMode.equals(Optional.of(ResponseMode.FRAGMENT)),
        "an answer in the fragment does not reach the service");
  }

  @Override
  public String toString() {
    return "UpstreamOAuthProviderParams[tokenEndpointAuthMethod="
        + tokenEndpointAuthMethod
        + ", discoveryMode="
        + discoveryMode
        + "]";
  }
}
