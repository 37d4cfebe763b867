package dev.authstore.benchmarks.operations;

import dev.authstore.model.Scope;
import dev.authstore.model.oauth2.OAuth2AuthorizationGrant;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.oauth2.CodeExchange;
import dev.authstore.storage.oauth2.DevicePoll;
import dev.authstore.storage.oauth2.Introspection;
import dev.authstore.storage.oauth2.NewTokens;
import dev.authstore.storage.oauth2.OAuth2SessionFilter;
import dev.authstore.storage.oauth2.RefreshIntrospection;
import dev.authstore.storage.oauth2.Rotation;
import dev.authstore.storage.oauth2.RotationPolicy;
import dev.authstore.storage.oauth2.StartedSession;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import java.util.Optional;

/** As a program that uses the library writes it. */
final class AuthstoreOAuth2Operations implements OAuth2Operations {
  private final RepositoryFactory repositories;

  AuthstoreOAuth2Operations(RepositoryFactory repositories) {
    this.repositories = repositories;
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
  public Introspection introspectAndMarkUsed(String accessToken) {
    return repositories.direct(
        repo -> repo.oauth2AccessTokens().introspectAndMarkUsed(accessToken));
  }

  @Override
  public RefreshIntrospection introspectRefreshToken(String refreshToken) {
    return repositories.read(repo -> repo.oauth2RefreshTokens().introspect(refreshToken));
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
  public OAuth2AuthorizationGrant requestAndApprove(
      OAuth2Client client, BrowserSession browserSession, String code) {
    return repositories.direct(
        repo -> {
          OAuth2AuthorizationGrant grant =
              repo.oauth2AuthorizationGrants().add(client, Operation.REQUEST);
          return repo.oauth2AuthorizationGrants().fulfill(grant, browserSession, Optional.of(code));
        });
  }

  @Override
  public CodeExchange.Exchanged exchange(OAuth2Client client, String code, NewTokens tokens) {
    return (CodeExchange.Exchanged)
        repositories.direct(
            repo ->
                repo.oauth2AuthorizationGrants()
                    .exchangeCode(
                        client,
                        Operation.presented(code),
                        tokens,
                        Optional.of(Operation.USER_AGENT)));
  }

  @Override
  public DevicePoll.Exchanged poll(OAuth2Client client, String deviceCode, NewTokens tokens) {
    return (DevicePoll.Exchanged)
        repositories.direct(
            repo ->
                repo.oauth2DeviceCodeGrants()
                    .poll(client, deviceCode, tokens, Optional.of(Operation.USER_AGENT)));
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
                .list(
                    OAuth2SessionFilter.all().user(user.id()), Pagination.first(Operations.PAGE)));
  }

  @Override
  public long countSessionsOf(User user) {
    return repositories.read(
        repo -> repo.oauth2Sessions().count(OAuth2SessionFilter.all().user(user.id())));
  }
}
