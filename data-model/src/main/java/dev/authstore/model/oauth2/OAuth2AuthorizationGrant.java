package dev.authstore.model.oauth2;

import dev.authstore.model.ResponseMode;
import dev.authstore.model.Scope;
import dev.authstore.model.oauth2.OAuth2AuthorizationGrantStage.Cancelled;
import dev.authstore.model.oauth2.OAuth2AuthorizationGrantStage.Exchanged;
import dev.authstore.model.oauth2.OAuth2AuthorizationGrantStage.Fulfilled;
import dev.authstore.model.oauth2.OAuth2AuthorizationGrantStage.Pending;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/**
 * One authorization request of a client (RFC 6749, section 4.1.1) on its way through login and
 * consent, until its code is exchanged for a session.
 *
 * @param redirectUri where the answer goes
 * @param code present if a code was asked for
 * @param state echoed to the client; not printed
 * @param nonce goes into the id token; not printed
 * @param responseTypeIdToken whether an id token was asked for in the answer itself
 * @param loginHint who the client thinks is logging in; personal data, not printed
 * @param locale the language of the request
 * @param rawParameters of the request, sorted by name; not printed
 */
public record OAuth2AuthorizationGrant(
    UUID id,
    UUID clientId,
    URI redirectUri,
    Scope scope,
    Optional<CodeRequest> code,
    Optional<String> state,
    Optional<String> nonce,
    ResponseMode responseMode,
    boolean responseTypeIdToken,
    Optional<String> loginHint,
    Optional<String> locale,
    Map<String, String> rawParameters,
    Instant createdAt,
    OAuth2AuthorizationGrantStage stage) {

  public OAuth2AuthorizationGrant {
    rawParameters = Collections.unmodifiableMap(new TreeMap<>(rawParameters));
  }

  public boolean isPending() {
    return stage instanceof Pending;
  }

  public boolean isFulfilled() {
    return stage instanceof Fulfilled;
  }

  public boolean isExchanged() {
    return stage instanceof Exchanged;
  }

  public boolean isCancelled() {
    return stage instanceof Cancelled;
  }

  /** When the user agreed: also of one that has been exchanged since. */
  public Optional<Instant> fulfilledAt() {
    if (stage instanceof Fulfilled fulfilled) {
      return Optional.of(fulfilled.fulfilledAt());
    }
    return stage instanceof Exchanged exchanged
        ? Optional.of(exchanged.fulfilledAt())
        : Optional.empty();
  }

  /**
   * Whether the time to exchange the code is over. It counts from the user's consent, so before
   * that the answer is no.
   */
  public boolean isCodeExpired(Instant now, Duration lifetime) {
    return fulfilledAt().map(at -> !now.isBefore(at.plus(lifetime))).orElse(false);
  }

  @Override
  public String toString() {
    return "OAuth2AuthorizationGrant[id="
        + id
        + ", clientId="
        + clientId
        + ", scope="
        + scope
        + ", code="
        + code
        + ", createdAt="
        + createdAt
        + ", stage="
        + stage
        + "]";
  }
}
