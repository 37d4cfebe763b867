package dev.authstore.benchmarks.flows;

import dev.authstore.model.TokenKind;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.oauth2.CodeExchange;
import dev.authstore.storage.oauth2.Introspection;
import dev.authstore.storage.oauth2.NewTokens;
import dev.authstore.storage.oauth2.PresentedCode;
import dev.authstore.storage.oauth2.Rotation;
import dev.authstore.storage.oauth2.RotationPolicy;
import java.net.URI;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;

/** One statement for each flow, and one for the client. */
final class AuthstorePeer implements Peer {
  static final String USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:95.0)";

  private static final Optional<Duration> TTL = Optional.of(Duration.ofMinutes(5));
  private static final Optional<URI> REDIRECT_URI =
      Optional.of(URI.create(Population.REDIRECT_URI));

  private final RepositoryFactory repositories;
  private final Share share;
  private final List<String> clientIds;
  private final SecureRandom random = new SecureRandom();

  AuthstorePeer(RepositoryFactory repositories, Share share, List<String> clientIds) {
    this.repositories = repositories;
    this.share = share;
    this.clientIds = clientIds;
  }

  /** Fills the tables of the schema, which {@link SequencePeer} uses as well. */
  static void fill(DataSource dataSource, Population population) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      for (String sql : statements(population)) {
        statement.execute(sql);
      }
    }
  }

  @Override
  public String title() {
    return "Authstore";
  }

  @Override
  public Object run(Flow flow) {
    return switch (flow) {
      case INTROSPECTION -> introspect();
      case CODE_EXCHANGE -> exchange();
      case REFRESH -> refresh();
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
                    .exchangeCode(client, code, newTokens(), Optional.of(USER_AGENT)));
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
                        client,
                        share.refreshToken(),
                        tokens,
                        RotationPolicy.DEFAULT,
                        Optional.of(USER_AGENT)));
    if (rotation instanceof Rotation.Rotated) {
      share.refreshed(tokens.refreshToken().orElseThrow());
      return rotation;
    }
    throw new IllegalStateException("refused: " + rotation);
  }

  private OAuth2Client client(int number) {
    String clientId = clientIds.get(number % Population.CLIENTS);
    return repositories.read(repo -> repo.oauth2Clients().findByClientId(clientId)).orElseThrow();
  }

  private NewTokens newTokens() {
    return new NewTokens(
        TokenKind.ACCESS_TOKEN.generate(random),
        TTL,
        Optional.of(TokenKind.REFRESH_TOKEN.generate(random)));
  }

  private static List<String> statements(Population population) {
    return List.of(
        "SET search_path TO authstore, population",
        """
        INSERT INTO oauth2_clients (id, redirect_uris, grant_types, client_name, client_name_folded,
          token_endpoint_auth_method, encrypted_client_secret, is_static)
        SELECT id, '{%s}', '{authorization_code,refresh_token}', 'Application ' || n, 'application ' || n,
          'client_secret_basic', repeat('s', 80), false
        FROM clients
        """
            .formatted(Population.REDIRECT_URI),
        """
        INSERT INTO users (id, username, username_folded, created_at)
        SELECT id, 'user' || n, 'user' || n, now() FROM accounts
        """,
        """
        INSERT INTO browser_sessions (id, user_id, created_at, user_agent)
        SELECT browser_session_id, id, now(), 'Mozilla/5.0' FROM accounts
        """,
        """
        INSERT INTO browser_session_authentications (id, browser_session_id, created_at)
        SELECT uuidv7(), browser_session_id, now() FROM accounts
        """,
        """
        INSERT INTO oauth2_sessions (id, client_id, user_id, browser_session_id, scope, created_at, user_agent)
        SELECT a.session_id, c.id, u.id, u.browser_session_id, '{email,openid,profile}', now(), '%s'
        FROM authorizations a JOIN clients c ON c.n = a.n %% %d JOIN accounts u ON u.n = a.n %% %d
        ORDER BY a.n
        """
            .formatted(USER_AGENT, Population.CLIENTS, population.accounts()),
        """
        INSERT INTO oauth2_access_tokens (id, session_id, token_digest, created_at, expires_at, first_used_at)
        SELECT access_token_id, session_id, sha256(access_token::bytea), now(), now() + interval '30 days', now()
        FROM authorizations ORDER BY n
        """,
        """
        INSERT INTO oauth2_refresh_tokens (id, session_id, access_token_id, token_digest, created_at)
        SELECT refresh_token_id, session_id, access_token_id, sha256(refresh_token::bytea), now()
        FROM authorizations ORDER BY n
        """,
        """
        INSERT INTO oauth2_authorization_grants (id, client_id, browser_session_id, redirect_uri, scope,
          response_type_code, response_type_id_token, response_mode, code_digest, code_challenge,
          code_challenge_method, state, nonce, raw_parameters, created_at, fulfilled_at)
        SELECT k.id, c.id, u.browser_session_id, '%s', '{email,openid,profile}', true, false, 'query',
          sha256(k.code::bytea), '%s', 'S256', 'state', 'nonce', '{}', now(), now()
        FROM codes k JOIN clients c ON c.n = k.n %% %d JOIN accounts u ON u.n = k.n %% %d
        ORDER BY k.n
        """
            .formatted(
                Population.REDIRECT_URI,
                Texts.PKCE.challenge(),
                Population.CLIENTS,
                population.accounts()),
        "VACUUM ANALYZE");
  }
}
