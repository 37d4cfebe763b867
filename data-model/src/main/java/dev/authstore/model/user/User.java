package dev.authstore.model.user;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * The account of a person or a bot.
 *
 * @param username as its owner wrote it, which is how it is unique; it never changes
 * @param lockedAt since when an administrator blocks the account
 * @param deactivatedAt since when the account is closed
 * @param canRequestAdmin whether the administration scope may be asked for
 * @param isGuest whether it was imported as a guest account
 */
public record User(
    UUID id,
    String username,
    Instant createdAt,
    Optional<Instant> lockedAt,
    Optional<Instant> deactivatedAt,
    boolean canRequestAdmin,
    boolean isGuest) {

  /** The subject identifier given to clients: the id as text. */
  public String sub() {
    return id.toString();
  }

  /** Whether the account may be used: neither locked nor deactivated. */
  public boolean isValid() {
    return state() == UserState.ACTIVE;
  }

  /** Whether an administrator's personal session may act as this user: not deactivated. */
  public boolean isValidActor() {
    return deactivatedAt.isEmpty();
  }

  /** Deactivation outweighs locking. */
  public UserState state() {
    if (deactivatedAt.isPresent()) {
      return UserState.DEACTIVATED;
    }
    return lockedAt.isPresent() ? UserState.LOCKED : UserState.ACTIVE;
  }

  @Override
  public String toString() {
    return "User[id=" + id + ", createdAt=" + createdAt + ", state=" + state() + "]";
  }
}
