package dev.authstore.benchmarks.flows;

import dev.authstore.benchmarks.data.AuthstoreTables;
import dev.authstore.benchmarks.data.Ids;
import dev.authstore.benchmarks.data.Population;
import dev.authstore.benchmarks.data.Share;
import dev.authstore.benchmarks.data.Texts;
import dev.authstore.model.Addresses;
import dev.authstore.model.Scope;
import dev.authstore.model.SessionActivity;
import dev.authstore.model.TokenKind;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.oauth2.CodeExchange;
import dev.authstore.storage.oauth2.DevicePoll;
import dev.authstore.storage.oauth2.Introspection;
import dev.authstore.storage.oauth2.NewTokens;
import dev.authstore.storage.oauth2.OAuth2SessionFilter;
import dev.authstore.storage.oauth2.PresentedCode;
import dev.authstore.storage.oauth2.Rotation;
import dev.authstore.storage.oauth2.RotationPolicy;
import dev.authstore.storage.oauth2.StartedSession;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.user.LoginCandidate;
import java.net.InetAddress;
import java.net.URI;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** One statement for each flow, and one for the client. */
public final class AuthstorePeer implements Peer {
  static final String SCOPE = "urn:example:service";
  static final String IP = "192.0.2.7";

  private static final Optional<String> USER_AGENT = Optional.of(AuthstoreTables.USER_AGENT);
  private static final Optional<Duration> TTL = Optional.of(Duration.ofMinutes(5));
  private static final Optional<URI> REDIRECT_URI =
      Optional.of(URI.create(Population.REDIRECT_URI));

  private final RepositoryFactory repositories;
  private final Share share;
  private final Ids ids;
  private final Expired expired;
  private final SecureRandom random = new SecureRandom();

  public AuthstorePeer(RepositoryFactory repositories, Share share, Ids ids, Expired expired) {
    this.repositories = repositories;
    this.share = share;
    this.ids = ids;
    this.expired = expired;
  }

  @Override
  public String title() {
    return "Authstore";
  }

  @Override
  public Set<Flow> flows() {
    return EnumSet.allOf(Flow.class);
  }

  @Override
  public void prepare(Flow flow) throws SQLException {
    expired.prepare(flow);
  }

  @Override
  public Object run(Flow flow) {
    return switch (flow) {
      case INTROSPECTION -> introspect();
      case CODE_EXCHANGE -> exchange();
      case REFRESH -> refresh();
      case CLIENT_CREDENTIALS -> startClientCredentials();
      case DEVICE_EXCHANGE -> poll();
      case LOGIN -> findForLogin();
      case SESSIONS -> sessions();
      case ACTIVITY -> recordActivity();
      case CLEANUP -> expired.inBatches(this::cleanUp);
    };
  }

  private Introspection introspect() {
    String token = share.accessToken();
    Introspection introspection =
        repositories.read(repo -> repo.oauth2AccessTokens().introspect(token));
    if (introspection instanceof Introspection.Active) {
      return introspection;
    }
    throw new IllegalStateException("refused: " + introspection);
  }

  private CodeExchange exchange() {
    int number = share.nextCode();
    OAuth2Client client = client(number);
    PresentedCode code =
        new PresentedCode(Texts.code(number), REDIRECT_URI, Optional.of(Texts.VERIFIER));
    CodeExchange exchange =
        repositories.direct(
            repo ->
                repo.oauth2AuthorizationGrants()
                    .exchangeCode(client, code, newTokens(), USER_AGENT));
    if (exchange instanceof CodeExchange.Exchanged) {
      return exchange;
    }
    throw new IllegalStateException("refused: " + exchange);
  }

  private Rotation refresh() {
    OAuth2Client client = client(share.nextRefreshed());
    NewTokens tokens = newTokens();
    Rotation rotation =
        repositories.direct(
            repo ->
                repo.oauth2RefreshTokens()
                    .rotate(
                        client, share.refreshToken(), tokens, RotationPolicy.DEFAULT, USER_AGENT));
    if (rotation instanceof Rotation.Rotated) {
      share.refreshed(tokens.refreshToken().orElseThrow());
      return rotation;
    }
    throw new IllegalStateException("refused: " + rotation);
  }

  private StartedSession startClientCredentials() {
    OAuth2Client client = client(share.client());
    String token = TokenKind.ACCESS_TOKEN.generate(random);
    return repositories.direct(
        repo ->
            repo.oauth2Sessions()
                .startClientCredentials(client, Scope.of(SCOPE), token, TTL, USER_AGENT));
  }

  private DevicePoll poll() {
    int number = share.nextDeviceCode();
    OAuth2Client client = client(number);
    NewTokens tokens = newTokens();
    DevicePoll poll =
        repositories.direct(
            repo ->
                repo.oauth2DeviceCodeGrants()
                    .poll(client, Texts.deviceCode(number), tokens, USER_AGENT));
    if (poll instanceof DevicePoll.Exchanged) {
      return poll;
    }
    throw new IllegalStateException("refused: " + poll);
  }

  private LoginCandidate findForLogin() {
    String name = Texts.username(share.account());
    return repositories.read(repo -> repo.users().findForLogin(name, true)).orElseThrow();
  }

  private Page<OAuth2Session> sessions() {
    OAuth2SessionFilter ofUser = OAuth2SessionFilter.all().user(ids.account(share.account()));
    return repositories.read(
        repo -> repo.oauth2Sessions().list(ofUser, Pagination.first(Expired.PAGE)));
  }

  private Object recordActivity() {
    Instant now = Instant.now();
    Optional<InetAddress> ip = Optional.of(Addresses.parse(IP));
    List<SessionActivity> activity =
        ids.sessions().stream().map(id -> new SessionActivity(id, now, ip)).toList();
    return repositories.direct(repo -> repo.oauth2Sessions().recordBatchActivity(activity));
  }

  /** Deletes one batch of expired tokens. */
  public CleanupResult<Instant> cleanUp(Optional<Instant> since) {
    return repositories.direct(
        repo -> repo.oauth2AccessTokens().cleanupExpired(since, Expired.until(), Expired.BATCH));
  }

  private OAuth2Client client(int number) {
    String clientId = ids.client(number).toString();
    return repositories.read(repo -> repo.oauth2Clients().findByClientId(clientId)).orElseThrow();
  }

  private NewTokens newTokens() {
    return new NewTokens(
        TokenKind.ACCESS_TOKEN.generate(random),
        TTL,
        Optional.of(TokenKind.REFRESH_TOKEN.generate(random)));
  }
}
