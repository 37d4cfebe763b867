package dev.authstore.model.upstream;

import dev.authstore.model.Json;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSessionStage.Completed;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSessionStage.Consumed;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSessionStage.Pending;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSessionStage.Unlinked;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * One run of the authorization code flow (RFC 6749, section 4.1) at a provider.
 *
 * <p>Not to be mixed up: {@code state} is the OAuth 2.0 parameter, {@code stage} is how far the run
 * has come. The accessors below answer for every stage, with nothing where a stage has no such
 * thing.
 *
 * @param state ties the callback to this run; unique and secret, not printed
 * @param codeChallengeVerifier present if PKCE is used (RFC 7636), until the person has come back;
 *     secret, not printed
 * @param nonce present with OpenID Connect, until the person has come back; secret, not printed
 */
public record UpstreamOAuthAuthorizationSession(
    UUID id,
    UUID providerId,
    String state,
    Optional<String> codeChallengeVerifier,
    Optional<String> nonce,
    Instant createdAt,
    UpstreamOAuthAuthorizationSessionStage stage) {

  /** Whether the person has not come back yet. */
  public boolean isPending() {
    return stage instanceof Pending;
  }

  /** Whether the login can be used now; no longer true once it is consumed. */
  public boolean isCompleted() {
    return stage instanceof Completed;
  }

  /** Whether the login has been used and is still linked. */
  public boolean isConsumed() {
    return stage instanceof Consumed;
  }

  /** Whether the link has been removed since, or the login called off. */
  public boolean isUnlinked() {
    return stage instanceof Unlinked;
  }

  /** The link while there is one: when completed or consumed. */
  public Optional<UUID> linkId() {
    if (stage instanceof Completed completed) {
      return Optional.of(completed.linkId());
    }
    if (stage instanceof Consumed consumed) {
      return Optional.of(consumed.linkId());
    }
    return Optional.empty();
  }

  /** When the person came back: in every stage but pending. */
  public Optional<Instant> completedAt() {
    if (stage instanceof Completed completed) {
      return Optional.of(completed.completedAt());
    }
    if (stage instanceof Consumed consumed) {
      return Optional.of(consumed.completedAt());
    }
    if (stage instanceof Unlinked unlinked) {
      return Optional.of(unlinked.completedAt());
    }
    return Optional.empty();
  }

  /** When the login was used: when consumed, or unlinked afterwards. */
  public Optional<Instant> consumedAt() {
    if (stage instanceof Consumed consumed) {
      return Optional.of(consumed.consumedAt());
    }
    return stage instanceof Unlinked unlinked ? unlinked.consumedAt() : Optional.empty();
  }

  /** When the link was removed or the login called off, if that was. */
  public Optional<Instant> unlinkedAt() {
    return stage instanceof Unlinked unlinked
        ? Optional.of(unlinked.unlinkedAt())
        : Optional.empty();
  }

  /** The id token as the provider sent it, erased when unlinked; secret. */
  public Optional<String> idToken() {
    return stage.idToken();
  }

  /** The claims of the id token; personal data. */
  public Optional<Json> idTokenClaims() {
    return stage.idTokenClaims();
  }

  /** What else came with the callback, erased when unlinked; personal data. */
  public Optional<Json> extraCallbackParameters() {
    return stage.extraCallbackParameters();
  }

  /** The answer of the userinfo endpoint, erased when unlinked; personal data. */
  public Optional<Json> userinfo() {
    return stage.userinfo();
  }

  @Override
  public String toString() {
    return "UpstreamOAuthAuthorizationSession[id="
        + id
        + ", providerId="
        + providerId
        + ", createdAt="
        + createdAt
        + ", stage="
        + stage
        + "]";
  }
}
