package dev.authstore.model.upstream;

import dev.authstore.model.Json;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * How far a login at a provider has come: pending, completed, consumed; unlinked from either of the
 * last two. What the provider told about the person is not printed.
 *
 * <p>The methods answer for every stage, with nothing where a stage has no such thing.
 */
public sealed interface UpstreamOAuthAuthorizationSessionStage {
  /** The id token as the provider sent it; secret. */
  default Optional<String> idToken() {
    return Optional.empty();
  }

  /** The claims of the id token; personal data. */
  default Optional<Json> idTokenClaims() {
    return Optional.empty();
  }

  /** What else came with the callback, the user's name for instance; personal data. */
  default Optional<Json> extraCallbackParameters() {
    return Optional.empty();
  }

  /** The answer of the userinfo endpoint; personal data. */
  default Optional<Json> userinfo() {
    return Optional.empty();
  }

  /** The person has been sent to the provider. */
  record Pending() implements UpstreamOAuthAuthorizationSessionStage {}

  /** The person has come back, and the link tells who they are there. */
  record Completed(
      Instant completedAt,
      UUID linkId,
      Optional<String> idToken,
      Optional<Json> idTokenClaims,
      Optional<Json> extraCallbackParameters,
      Optional<Json> userinfo)
      implements UpstreamOAuthAuthorizationSessionStage {

    @Override
    public String toString() {
      return "Completed[completedAt=" + completedAt + ", linkId=" + linkId + "]";
    }
  }

  /** The login has been used, for a browser session or a registration; it cannot be used again. */
  record Consumed(
      Instant completedAt,
      UUID linkId,
      Optional<String> idToken,
      Optional<Json> idTokenClaims,
      Optional<Json> extraCallbackParameters,
      Optional<Json> userinfo,
      Instant consumedAt)
      implements UpstreamOAuthAuthorizationSessionStage {

    @Override
    public String toString() {
      return "Consumed[completedAt="
          + completedAt
          + ", linkId="
          + linkId
          + ", consumedAt="
          + consumedAt
          + "]";
    }
  }

  /** The link has been removed since, or the login was called off by the provider. */
  record Unlinked(
      Instant completedAt,
      Optional<Instant> consumedAt,
      Instant unlinkedAt,
      Optional<Json> idTokenClaims)
      implements UpstreamOAuthAuthorizationSessionStage {

    @Override
    public String toString() {
      return "Unlinked[completedAt="
          + completedAt
          + ", consumedAt="
          + consumedAt
          + ", unlinkedAt="
          + unlinkedAt
          + "]";
    }
  }
}
