package dev.authstore.benchmarks.operations;

import dev.authstore.model.oauth2.OAuth2AuthorizationGrant;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.oauth2.CodeExchange;
import dev.authstore.storage.oauth2.DevicePoll;
import dev.authstore.storage.oauth2.Rotation;
import dev.authstore.storage.oauth2.StartedSession;
import dev.authstore.storage.user.LoggedIn;
import java.util.Optional;
import java.util.UUID;

/** What was stored, as look-ups find it. */
final class Stored {
  private Stored() {}

  /** Empty if a result is none of something stored. */
  static Optional<Object> as(Object result, RepositoryAccess repo) {
    if (result instanceof User user) {
      return Optional.of(repo.users().lookup(user.id()).orElseThrow());
    }
    if (result instanceof BrowserSession session) {
      return Optional.of(stored(session, repo));
    }
    if (result instanceof LoggedIn loggedIn) {
      BrowserSession session = stored(loggedIn.session(), repo);
      return Optional.of(
          new LoggedIn(
              session, repo.browserSessions().getLastAuthentication(session).orElseThrow()));
    }
    if (result instanceof UUID job) {
      return Optional.of(repo.queueJobs().lookup(job).orElseThrow().job().id());
    }
    return asOAuth2(result, repo);
  }

  private static Optional<Object> asOAuth2(Object result, RepositoryAccess repo) {
    if (result instanceof OAuth2AuthorizationGrant grant) {
      return Optional.of(repo.oauth2AuthorizationGrants().lookup(grant.id()).orElseThrow());
    }
    if (result instanceof StartedSession started) {
      return Optional.of(
          new StartedSession(
              repo.oauth2Sessions().lookup(started.session().id()).orElseThrow(),
              repo.oauth2AccessTokens().lookup(started.accessToken().id()).orElseThrow()));
    }
    if (result instanceof CodeExchange.Exchanged exchanged) {
      return Optional.of(stored(exchanged, repo));
    }
    if (result instanceof DevicePoll.Exchanged exchanged) {
      return Optional.of(stored(exchanged, repo));
    }
    return result instanceof Rotation.Rotated rotated
        ? Optional.of(stored(rotated, repo))
        : Optional.empty();
  }

  private static BrowserSession stored(BrowserSession session, RepositoryAccess repo) {
    return repo.browserSessions().lookup(session.id()).orElseThrow();
  }

  private static CodeExchange.Exchanged stored(
      CodeExchange.Exchanged exchanged, RepositoryAccess repo) {
    BrowserSession browserSession = stored(exchanged.browserSession(), repo);
    return new CodeExchange.Exchanged(
        repo.oauth2AuthorizationGrants().lookup(exchanged.grant().id()).orElseThrow(),
        repo.oauth2Sessions().lookup(exchanged.session().id()).orElseThrow(),
        repo.oauth2AccessTokens().lookup(exchanged.accessToken().id()).orElseThrow(),
        repo.oauth2RefreshTokens().lookup(exchanged.refreshToken().orElseThrow().id()),
        browserSession,
        repo.browserSessions().getLastAuthentication(browserSession));
  }

  private static DevicePoll.Exchanged stored(
      DevicePoll.Exchanged exchanged, RepositoryAccess repo) {
    return new DevicePoll.Exchanged(
        repo.oauth2DeviceCodeGrants().lookup(exchanged.grant().id()).orElseThrow(),
        repo.oauth2Sessions().lookup(exchanged.session().id()).orElseThrow(),
        repo.oauth2AccessTokens().lookup(exchanged.accessToken().id()).orElseThrow(),
        repo.oauth2RefreshTokens().lookup(exchanged.refreshToken().orElseThrow().id()),
        stored(exchanged.browserSession(), repo));
  }

  private static Rotation.Rotated stored(Rotation.Rotated rotated, RepositoryAccess repo) {
    return new Rotation.Rotated(
        repo.oauth2Sessions().lookup(rotated.session().id()).orElseThrow(),
        repo.users().lookup(rotated.session().userId().orElseThrow()),
        repo.oauth2AccessTokens().lookup(rotated.accessToken().id()).orElseThrow(),
        repo.oauth2RefreshTokens().lookup(rotated.refreshToken().id()).orElseThrow(),
        repo.oauth2RefreshTokens().lookup(rotated.previous().id()).orElseThrow(),
        false);
  }
}
