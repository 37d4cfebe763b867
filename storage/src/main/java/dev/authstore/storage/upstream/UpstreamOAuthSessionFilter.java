package dev.authstore.storage.upstream;

import java.util.Optional;
import java.util.UUID;

/**
 * Which upstream authorization sessions. Criteria not given do not restrict; those given must all
 * hold.
 *
 * @param provider where the login took place
 * @param sub the subject in the claims of the id token; a number is compared as text
 * @param sid the provider's session in the claims of the id token (OpenID Connect Back-Channel
 *     Logout 1.0, section 2.1)
 */
public record UpstreamOAuthSessionFilter(
    Optional<UUID> provider, Optional<String> sub, Optional<String> sid) {

  public static UpstreamOAuthSessionFilter all() {
    return new UpstreamOAuthSessionFilter(Optional.empty(), Optional.empty(), Optional.empty());
  }

  public UpstreamOAuthSessionFilter provider(UUID id) {
    return new UpstreamOAuthSessionFilter(Optional.of(id), sub, sid);
  }

  public UpstreamOAuthSessionFilter sub(String claim) {
    return new UpstreamOAuthSessionFilter(provider, Optional.of(claim), sid);
  }

  public UpstreamOAuthSessionFilter sid(String claim) {
    return new UpstreamOAuthSessionFilter(provider, sub, Optional.of(claim));
  }
}
