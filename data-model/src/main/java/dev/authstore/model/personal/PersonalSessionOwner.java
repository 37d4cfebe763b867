package dev.authstore.model.personal;

import java.util.UUID;

/** Who decides about a personal session. */
public sealed interface PersonalSessionOwner {
  /** A user, for itself or as an administrator. */
  record OwnerUser(UUID userId) implements PersonalSessionOwner {}

  /** A client that acts for itself. */
  record OwnerOAuth2Client(UUID clientId) implements PersonalSessionOwner {}
}
