package dev.authstore.model.personal;

import dev.authstore.model.Scope;
import java.net.InetAddress;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * What somebody has allowed a script to do as a user, until it is revoked. It has one token at a
 * time.
 *
 * @param actorUserId whom its tokens act as
 * @param humanName what the owner calls it; personal data, not printed
 * @param scope fixed; may name devices
 * @param lastActiveAt absent until the first recorded activity
 * @param lastActiveIp personal data, not printed, erased after a while
 */
public record PersonalSession(
    UUID id,
    PersonalSessionOwner owner,
    UUID actorUserId,
    String humanName,
    Scope scope,
    Instant createdAt,
    PersonalSessionStage stage,
    Optional<Instant> lastActiveAt,
    Optional<InetAddress> lastActiveIp) {

  /** Whether it has not been revoked. It may be without a token that can be used all the same. */
  public boolean isValid() {
    return !isRevoked();
  }

  public boolean isRevoked() {
    return stage instanceof PersonalSessionStage.Revoked;
  }

  /** When it was revoked, if it was. */
  public Optional<Instant> revokedAt() {
    return stage instanceof PersonalSessionStage.Revoked revoked
        ? Optional.of(revoked.revokedAt())
        : Optional.empty();
  }

  /** Whether the scope names a device. */
  public boolean hasDevice() {
    return !scope.devices().isEmpty();
  }

  @Override
  public String toString() {
    return "PersonalSession[id="
        + id
        + ", owner="
        + owner
        + ", actorUserId="
        + actorUserId
        + ", scope="
        + scope
        + ", createdAt="
        + createdAt
        + ", stage="
        + stage
        + "]";
  }
}
