package dev.authstore.benchmarks.operations;

import dev.authstore.model.user.Authentication;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.Password;
import dev.authstore.model.user.User;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.user.LoggedIn;
import dev.authstore.storage.user.LoginCandidate;
import java.util.Optional;
import java.util.UUID;

/** Accounts and their browsers. All but the last are one statement without a transaction. */
interface UserOperations {

  Optional<User> lookupUser(UUID id);

  Optional<User> findByUsername(String username);

  Optional<LoginCandidate> findForLogin(String name);

  Optional<Password> activePassword(User user);

  Optional<BrowserSession> lookupBrowserSession(UUID id);

  Optional<Authentication> lastAuthentication(BrowserSession session);

  User addUser(String username);

  BrowserSession addBrowserSession(User user, String userAgent);

  /** The session and its authentication. */
  LoggedIn logIn(User user, Password password, String userAgent);

  Page<User> usersAfter(UUID cursor);

  /**
   * A user by name, the password to compare with, and a session: three statements in a transaction.
   */
  BrowserSession logInByName(String username, String userAgent);
}
