package dev.authstore.model.compat;

import dev.authstore.model.compat.CompatSsoLoginStage.Exchanged;
import dev.authstore.model.compat.CompatSsoLoginStage.Fulfilled;
import dev.authstore.model.compat.CompatSsoLoginStage.Pending;
import java.net.URI;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * One login of a client through the browser, until its token is exchanged for a session. How long
 * it may take is for the service to judge.
 *
 * @param redirectUri where the token goes, of any scheme, character for character; not printed
 */
public record CompatSsoLogin(
    UUID id, URI redirectUri, Instant createdAt, CompatSsoLoginStage stage) {

  public boolean isPending() {
    return stage instanceof Pending;
  }

  public boolean isFulfilled() {
    return stage instanceof Fulfilled;
  }

  public boolean isExchanged() {
    return stage instanceof Exchanged;
  }

  /** When it was approved: also of one that has been exchanged since. */
  public Optional<Instant> fulfilledAt() {
    if (stage instanceof Fulfilled fulfilled) {
      return Optional.of(fulfilled.fulfilledAt());
    }
    return stage instanceof Exchanged exchanged
        ? Optional.of(exchanged.fulfilledAt())
        : Optional.empty();
  }

  /** When its token was used, if it was. */
  public Optional<Instant> exchangedAt() {
    return stage instanceof Exchanged exchanged
        ? Optional.of(exchanged.exchangedAt())
        : Optional.empty();
  }

  /** What the token was exchanged for, if it was. */
  public Optional<UUID> compatSessionId() {
    return stage instanceof Exchanged exchanged
        ? Optional.of(exchanged.compatSessionId())
        : Optional.empty();
  }

  @Override
  public String toString() {
    return "CompatSsoLogin[id=" + id + ", createdAt=" + createdAt + ", stage=" + stage + "]";
  }
}
