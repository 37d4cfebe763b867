package dev.authstore.benchmarks.operations;

import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.Password;
import dev.authstore.model.user.User;
import dev.authstore.storage.oauth2.Introspection;
import dev.authstore.storage.oauth2.NewTokens;
import dev.authstore.storage.oauth2.Rotation;
import dev.authstore.storage.oauth2.StartedSession;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.user.LoginCandidate;
import java.util.Optional;
import java.util.UUID;

/** What is measured. All but the last are one statement without a transaction. */
interface Operations {
  /** How many a list shows. */
  int PAGE = 20;

  Optional<User> lookupUser(UUID id);

  Optional<User> findByUsername(String username);

  Optional<LoginCandidate> findForLogin(String name);

  Optional<Password> activePassword(User user);

  Optional<BrowserSession> lookupBrowserSession(UUID id);

  Optional<OAuth2Client> findClient(String clientId);

  Introspection introspect(String accessToken);

  User addUser(String username);

  BrowserSession addBrowserSession(User user, String userAgent);

  StartedSession startClientCredentials(OAuth2Client client, String accessToken);

  Rotation.Rotated rotate(OAuth2Client client, String refreshToken, NewTokens tokens);

  /** The first page. */
  Page<OAuth2Session> sessionsOf(User user);

  Page<User> usersAfter(UUID cursor);

  long countSessionsOf(User user);

  /**
   * A user by name, the password to compare with, and a session: three statements in a transaction.
   */
  BrowserSession logIn(String username, String userAgent);
}
