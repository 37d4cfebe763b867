package dev.authstore.benchmarks.operations;

import dev.authstore.model.Scope;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.Password;
import dev.authstore.model.user.User;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.oauth2.Introspection;
import dev.authstore.storage.oauth2.NewTokens;
import dev.authstore.storage.oauth2.OAuth2SessionFilter;
import dev.authstore.storage.oauth2.Rotation;
import dev.authstore.storage.oauth2.RotationPolicy;
import dev.authstore.storage.oauth2.StartedSession;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.user.LoginCandidate;
import dev.authstore.storage.user.UserFilter;
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
  public Optional<OAuth2Client> findClient(String clientId) {
    return repositories.read(repo -> repo.oauth2Clients().findByClientId(clientId));
  }

  @Override
  public Introspection introspect(String accessToken) {
    return repositories.read(repo -> repo.oauth2AccessTokens().introspect(accessToken));
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
  public StartedSession startClientCredentials(OAuth2Client client, String accessToken) {
    return repositories.direct(
        repo ->
            repo.oauth2Sessions()
                .startClientCredentials(
                    client,
                    Scope.of(Operation.SCOPE),
                    accessToken,
                    Optional.of(Operation.TTL),
                    Optional.of(Operation.USER_AGENT)));
  }

  @Override
  public Rotation.Rotated rotate(OAuth2Client client, String refreshToken, NewTokens tokens) {
    return (Rotation.Rotated)
        repositories.direct(
            repo ->
                repo.oauth2RefreshTokens()
                    .rotate(
                        client,
                        refreshToken,
                        tokens,
                        RotationPolicy.DEFAULT,
                        Optional.of(Operation.USER_AGENT)));
  }

  @Override
  public Page<OAuth2Session> sessionsOf(User user) {
    return repositories.read(
        repo ->
            repo.oauth2Sessions()
                .list(OAuth2SessionFilter.all().user(user.id()), Pagination.first(PAGE)));
  }

  @Override
  public Page<User> usersAfter(UUID cursor) {
    return repositories.read(
        repo -> repo.users().list(UserFilter.all(), Pagination.first(PAGE).after(cursor)));
  }

  @Override
  public long countSessionsOf(User user) {
    return repositories.read(
        repo -> repo.oauth2Sessions().count(OAuth2SessionFilter.all().user(user.id())));
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
