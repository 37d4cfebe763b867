package dev.authstore.model.user;

import java.util.UUID;

/** Where somebody is proving control over an address. What began it takes it along when it goes. */
public sealed interface EmailAuthenticationOrigin {
  /** In a browser session, to add an address to the account. */
  record ForBrowserSession(UUID browserSessionId) implements EmailAuthenticationOrigin {}

  /** In a sign-up. */
  record ForRegistration(UUID userRegistrationId) implements EmailAuthenticationOrigin {}
}
