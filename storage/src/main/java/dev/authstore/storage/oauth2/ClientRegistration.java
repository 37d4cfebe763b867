package dev.authstore.storage.oauth2;

import dev.authstore.model.oauth2.OAuth2Client;

/** What came of a registration: either way, there is one client of that metadata. */
public sealed interface ClientRegistration {
  OAuth2Client client();

  /** It is a new client. */
  record Created(OAuth2Client client) implements ClientRegistration {}

  /** The same metadata had been registered before. */
  record Reused(OAuth2Client client) implements ClientRegistration {}
}
