package dev.authstore.model.user;

import dev.authstore.model.Json;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * A sign-up in progress: what its steps have brought together so far.
 *
 * @param username the name wished for, which is not reserved; personal data, not printed
 * @param displayName personal data, not printed
 * @param termsUrl the terms that were accepted
 * @param emailAuthenticationId the proof of control over an address
 * @param registrationTokenId the invitation that was presented
 * @param password erased from the database when the registration completes
 * @param upstreamOAuthAuthorizationSessionId present if the sign-up came by way of another identity
 *     provider
 * @param postAuthAction where to go on afterwards, opaque here; not printed
 * @param ipAddress where it began; personal data, not printed
 * @param userAgent what the browser called itself; personal data, not printed
 */
public record UserRegistration(
    UUID id,
    String username,
    Optional<String> displayName,
    Optional<URI> termsUrl,
    Optional<UUID> emailAuthenticationId,
    Optional<UUID> registrationTokenId,
    Optional<RegistrationPassword> password,
    Optional<UUID> upstreamOAuthAuthorizationSessionId,
    Optional<Json> postAuthAction,
    Optional<InetAddress> ipAddress,
    Optional<String> userAgent,
    Instant createdAt,
    UserRegistrationStage stage) {

  /** How long a sign-up may take. A rule for the service, which every step should ask about. */
  public static final Duration LIFETIME = Duration.ofHours(1);

  /** Whether the account has been made; nothing can be changed any more. */
  public boolean isCompleted() {
    return stage instanceof UserRegistrationStage.Completed;
  }

  /** When the account was made, if it was. */
  public Optional<Instant> completedAt() {
    return stage instanceof UserRegistrationStage.Completed completed
        ? Optional.of(completed.completedAt())
        : Optional.empty();
  }

  /** Whether {@link #LIFETIME} has passed. */
  public boolean isExpired(Instant now) {
    return !now.isBefore(createdAt.plus(LIFETIME));
  }

  @Override
  public String toString() {
    return "UserRegistration[id=" + id + ", createdAt=" + createdAt + ", stage=" + stage + "]";
  }
}
