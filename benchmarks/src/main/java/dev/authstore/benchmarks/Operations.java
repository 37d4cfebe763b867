package dev.authstore.benchmarks;

import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.Password;
import dev.authstore.model.user.User;
import java.util.Optional;
import java.util.UUID;

/** What is measured. All but the last are one statement without a transaction. */
interface Operations {

  Optional<User> lookupUser(UUID id);

  Optional<User> findByUsername(String username);

  User addUser(String username);

  Optional<Password> activePassword(User user);

  BrowserSession addBrowserSession(User user, String userAgent);

  Optional<BrowserSession> lookupBrowserSession(UUID id);

  /**
   * A user by name, the password to compare with, and a session: three statements in a transaction.
   */
  BrowserSession logIn(String username, String userAgent);
}
