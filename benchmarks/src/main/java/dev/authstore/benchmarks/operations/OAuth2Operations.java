package dev.authstore.benchmarks.operations;

import dev.authstore.model.oauth2.OAuth2AuthorizationGrant;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.oauth2.CodeExchange;
import dev.authstore.storage.oauth2.DevicePoll;
import dev.authstore.storage.oauth2.Introspection;
import dev.authstore.storage.oauth2.NewTokens;
import dev.authstore.storage.oauth2.RefreshIntrospection;
import dev.authstore.storage.oauth2.Rotation;
import dev.authstore.storage.oauth2.StartedSession;
import dev.authstore.storage.page.Page;
import java.util.Optional;

/** What the endpoints of OAuth 2.0 ask for; one statement each, but for the approval. */
interface OAuth2Operations {

  Optional<OAuth2Client> findClient(String clientId);

  Introspection introspect(String accessToken);

  Introspection introspectAndMarkUsed(String accessToken);

  RefreshIntrospection introspectRefreshToken(String refreshToken);

  StartedSession startClientCredentials(OAuth2Client client, String accessToken);

  /** What a client asks for, and that it is granted: two statements. */
  OAuth2AuthorizationGrant requestAndApprove(
      OAuth2Client client, BrowserSession browserSession, String code);

  CodeExchange.Exchanged exchange(OAuth2Client client, String code, NewTokens tokens);

  DevicePoll.Exchanged poll(OAuth2Client client, String deviceCode, NewTokens tokens);

  Rotation.Rotated rotate(OAuth2Client client, String refreshToken, NewTokens tokens);

  /** The first page. */
  Page<OAuth2Session> sessionsOf(User user);

  long countSessionsOf(User user);
}
