package dev.authstore.storage.oauth2;

import dev.authstore.storage.Inputs;
import dev.authstore.storage.InvalidInputException;
import java.time.Duration;
import java.util.Optional;

/**
 * The tokens that a flow stores if it succeeds; if it does not, nobody ever sees them.
 *
 * @param accessToken secret, not printed
 * @param accessTokenTtl how long the access token can be used; for ever, if absent
 * @param refreshToken secret, not printed
 */
public record NewTokens(
    String accessToken, Optional<Duration> accessTokenTtl, Optional<String> refreshToken) {

  /**
   * @throws InvalidInputException if a token is empty, longer than 8,192 bytes, or holds U+0000 or
   *     an unpaired surrogate, or if the lifetime is not positive or above 36,500 days
   */
  public NewTokens {
    Checks.secret("access token", accessToken);
    accessTokenTtl = accessTokenTtl.map(ttl -> Inputs.lifetime("access token lifetime", ttl));
    refreshToken.ifPresent(token -> Checks.secret("refresh token", token));
  }

  @Override
  public String toString() {
    return "NewTokens[accessTokenTtl=" + accessTokenTtl + "]";
  }
}
