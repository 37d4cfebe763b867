package dev.authstore.benchmarks.operations;

import dev.authstore.model.user.Authentication;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.Password;
import dev.authstore.model.user.User;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.user.LoggedIn;
import dev.authstore.storage.user.LoginCandidate;
import dev.authstore.storage.user.UserFilter;
import java.util.Optional;
import java.util.UUID;

/** As a program that uses the library writes it. */
final class AuthstoreUserOperations implements UserOperations {
  private final RepositoryFactory repositories;

  AuthstoreUserOperations(RepositoryFactory repositories) {
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
  public Optional<LoginCandidate> findForLogin(String name) {
    return repositories.read(repo -> repo.users().findForLogin(name, false));
  }

  @Override
  public Optional<Password> activePassword(User user) {
    return repositories.read(repo -> repo.userPasswords().active(user));
  }

  @Override
  public Optional<BrowserSession> lookupBrowserSession(UUID id) {
    return repositories.read(repo -> repo.browserSessions().lookup(id));
  }

  @Override
  public Optional<Authentication> lastAuthentication(BrowserSession session) {
    return repositories.read(repo -> repo.browserSessions().getLastAuthentication(session));
  }

  @Override
  public User addUser(String username) {
    return repositories.direct(repo -> repo.users().add(username));
  }

  @Override
  public BrowserSession addBrowserSession(User user, String userAgent) {
    return repositories.direct(repo -> repo.browserSessions().add(user, Optional.of(userAgent)));
  }

  @Override
  public LoggedIn logIn(User user, Password password, String userAgent) {
    return repositories.direct(
        repo -> repo.browserSessions().login(user, password, Optional.of(userAgent)));
  }

  @Override
  public Page<User> usersAfter(UUID cursor) {
    return repositories.read(
        repo ->
            repo.users().list(UserFilter.all(), Pagination.first(Operations.PAGE).after(cursor)));
  }

  @Override
  public BrowserSession logInByName(String username, String userAgent) {
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
