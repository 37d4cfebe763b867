package dev.authstore.benchmarks;

import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.Password;
import dev.authstore.model.user.User;
import dev.authstore.storage.RepositoryFactory;
import java.util.Optional;
import java.util.UUID;

/** As a program that uses the library writes it. */
final class AuthstoreOperations implements Operations {
  private final RepositoryFactory repositories;

  AuthstoreOperations(RepositoryFactory repositories) {
    this.repositories = repositories;
  }

  @Override
  public Optional<User> lookupUser(UUID id) {
    return repositories.read(repo -> repo.users().lookup(id));
  }

  @Override
  public Optional<User> findByUsername(String username) {
    return repositories.read(repo -> repo.users().findByUsername(username));
  }

  @Override
  public User addUser(String username) {
    return repositories.direct(repo -> repo.users().add(username));
  }

  @Override
  public Optional<Password> activePassword(User user) {
    return repositories.read(repo -> repo.userPasswords().active(user));
  }

  @Override
  public BrowserSession addBrowserSession(User user, String userAgent) {
    return repositories.direct(repo -> repo.browserSessions().add(user, Optional.of(userAgent)));
  }

  @Override
  public Optional<BrowserSession> lookupBrowserSession(UUID id) {
    return repositories.read(repo -> repo.browserSessions().lookup(id));
  }

  @Override
  public BrowserSession logIn(String username, String userAgent) {
    return repositories.call(
        repo -> {
          User user = repo.users().findByUsername(username).orElseThrow();
          if (repo.userPasswords().active(user).isEmpty()) {
            throw new IllegalStateException("no password");
          }
          return repo.browserSessions().add(user, Optional.of(userAgent));
        });
  }
}
