package dev.authstore.model.user;

import java.util.UUID;

/** How somebody proved who they are. */
public sealed interface AuthenticationMethod {
  /** By the password that was in force then. */
  record Password(UUID userPasswordId) implements AuthenticationMethod {}

  /** By the word of another identity provider. */
  record UpstreamOAuth2(UUID upstreamSessionId) implements AuthenticationMethod {}

  /** What it was has been deleted since, or an import did not tell. */
  record Unknown() implements AuthenticationMethod {}
}
