package dev.authstore.model.compat;

import dev.authstore.model.compat.CompatRefreshTokenStage.Consumed;
import dev.authstore.model.compat.CompatRefreshTokenStage.Valid;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * A credential for one new pair of tokens; it does not expire. An imported session may have several
 * that are valid; otherwise there is one.
 *
 * @param accessTokenId issued together with it; expired, most of the time
 */
public record CompatRefreshToken(
    UUID id, UUID sessionId, UUID accessTokenId, Instant createdAt, CompatRefreshTokenStage stage) {

  /** Whether the token itself counts. */
  public boolean isValid() {
    return stage instanceof Valid;
  }

  public boolean isConsumed() {
    return stage instanceof Consumed;
  }

  /** When it was used or superseded, if it was. */
  public Optional<Instant> consumedAt() {
    return stage instanceof Consumed consumed
        ? Optional.of(consumed.consumedAt())
        : Optional.empty();
  }
}
