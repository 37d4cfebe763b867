package dev.authstore.benchmarks.flows;

import dev.authstore.model.TokenKind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.authority.SimpleGrantedAuthority;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.security.oauth2.core.OAuth2AccessToken;
import org.springframework.security.oauth2.core.OAuth2RefreshToken;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationRequest;
import org.springframework.security.oauth2.server.authorization.JdbcOAuth2AuthorizationService;
import org.springframework.security.oauth2.server.authorization.OAuth2Authorization;
import org.springframework.security.oauth2.server.authorization.OAuth2AuthorizationCode;
import org.springframework.security.oauth2.server.authorization.OAuth2AuthorizationService;
import org.springframework.security.oauth2.server.authorization.OAuth2TokenType;
import org.springframework.security.oauth2.server.authorization.client.JdbcRegisteredClientRepository;
import org.springframework.security.oauth2.server.authorization.client.RegisteredClient;
import org.springframework.security.oauth2.server.authorization.client.RegisteredClientRepository;

/**
 * The JDBC services of Spring Authorization Server, called as its authentication providers call
 * them, each call committing by itself. Its tables are as shipped, with the types that its scripts
 * name for PostgreSQL.
 */
final class SpringPeer implements Peer {
  private static final String PACKAGE =
      "/org/springframework/security/oauth2/server/authorization/";
  private static final OAuth2TokenType CODE = new OAuth2TokenType("code");
  private static final Set<String> SCOPES = Set.of("openid", "profile", "email");
  private static final Duration TTL = Duration.ofMinutes(5);
  private static final String ISSUER = "https://issuer.example.com";

  /** One for each column that a token is looked up by, as its users add them by hand. */
  private static final List<String> INDEXED =
      List.of(
          "state",
          "authorization_code_value",
          "access_token_value",
          "oidc_id_token_value",
          "refresh_token_value",
          "user_code_value",
          "device_code_value");

  private final String title;
  private final OAuth2AuthorizationService authorizations;
  private final RegisteredClientRepository clients;
  private final Share share;
  private final SecureRandom random = new SecureRandom();

  SpringPeer(String title, DataSource dataSource, Share share) {
    this.title = title;
    JdbcTemplate jdbc = new JdbcTemplate(dataSource);
    this.clients = new JdbcRegisteredClientRepository(jdbc);
    this.authorizations = new JdbcOAuth2AuthorizationService(jdbc, clients);
    this.share = share;
  }

  /**
   * Creates and fills the tables.
   *
   * @param dataSource its search path begins with the schema
   */
  static void fill(DataSource dataSource, String schema, Population population, boolean indexed)
      throws SQLException, IOException {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE SCHEMA " + schema);
      statement.execute(script("client/oauth2-registered-client-schema.sql"));
      statement.execute(script("oauth2-authorization-schema.sql"));
      JdbcTemplate jdbc = new JdbcTemplate(dataSource);
      JdbcRegisteredClientRepository clients = new JdbcRegisteredClientRepository(jdbc);
      RegisteredClient client = templateClient();
      clients.save(client);
      JdbcOAuth2AuthorizationService authorizations =
          new JdbcOAuth2AuthorizationService(jdbc, clients);
      authorizations.save(templateWithTokens(client));
      authorizations.save(templateWithCode(client));
      multiply(statement, population);
      if (indexed) {
        for (String column : INDEXED) {
          statement.execute("CREATE INDEX ON oauth2_authorization (" + column + ")");
        }
        statement.execute("CREATE INDEX ON oauth2_registered_client (client_id)");
      }
      statement.execute("VACUUM ANALYZE oauth2_registered_client, oauth2_authorization");
    }
  }

  @Override
  public String title() {
    return title;
  }

  @Override
  public Object run(Flow flow) {
    return switch (flow) {
      case INTROSPECTION -> introspect();
      case CODE_EXCHANGE -> exchange();
      case REFRESH -> refresh();
    };
  }

  private Object introspect() {
    OAuth2Authorization authorization = found(share.accessToken(), null);
    require(authorization.getAccessToken());
    return List.of(authorization, found(clients.findById(authorization.getRegisteredClientId())));
  }

  private Object exchange() {
    int number = share.nextCode();
    RegisteredClient client = client(number);
    OAuth2Authorization authorization = found(Texts.code(number), CODE);
    OAuth2Authorization.Token<OAuth2AuthorizationCode> code =
        authorization.getToken(OAuth2AuthorizationCode.class);
    require(code);
    OAuth2Authorization exchanged =
        withTokens(
                OAuth2Authorization.from(authorization),
                TokenKind.ACCESS_TOKEN.generate(random),
                TokenKind.REFRESH_TOKEN.generate(random))
            .invalidate(found(code).getToken())
            .build();
    authorizations.save(exchanged);
    return List.of(client, exchanged);
  }

  private Object refresh() {
    RegisteredClient client = client(share.nextRefreshed());
    OAuth2Authorization authorization = found(share.refreshToken(), OAuth2TokenType.REFRESH_TOKEN);
    require(authorization.getRefreshToken());
    String successor = TokenKind.REFRESH_TOKEN.generate(random);
    OAuth2Authorization refreshed =
        withTokens(
                OAuth2Authorization.from(authorization),
                TokenKind.ACCESS_TOKEN.generate(random),
                successor)
            .build();
    authorizations.save(refreshed);
    share.refreshed(successor);
    return List.of(client, refreshed);
  }

  private OAuth2Authorization found(String token, @Nullable OAuth2TokenType type) {
    return found(authorizations.findByToken(token, type));
  }

  private RegisteredClient client(int number) {
    return found(clients.findByClientId("client-" + number % Population.CLIENTS));
  }

  private static <T> T found(@Nullable T value) {
    if (value == null) {
      throw new IllegalStateException("not found");
    }
    return value;
  }

  private static void require(OAuth2Authorization.@Nullable Token<?> token) {
    if (token == null || !token.isActive()) {
      throw new IllegalStateException("not active");
    }
  }

  private static OAuth2Authorization.Builder withTokens(
      OAuth2Authorization.Builder authorization, String accessToken, String refreshToken) {
    Instant now = Instant.now();
    Map<String, Object> claims = // of a type that its reader of JSON allows
        new HashMap<>(Map.of("iss", ISSUER, "sub", "user", "exp", now.plus(TTL), "iat", now));
    return authorization
        .token(
            new OAuth2AccessToken(
                OAuth2AccessToken.TokenType.BEARER, accessToken, now, now.plus(TTL), SCOPES),
            metadata -> metadata.put(OAuth2Authorization.Token.CLAIMS_METADATA_NAME, claims))
        .refreshToken(new OAuth2RefreshToken(refreshToken, now, now.plus(Duration.ofDays(30))));
  }

  private static RegisteredClient templateClient() {
    return RegisteredClient.withId("template")
        .clientId("template")
        .clientName("Application")
        .clientSecret("s".repeat(80))
        .clientAuthenticationMethod(ClientAuthenticationMethod.CLIENT_SECRET_BASIC)
        .authorizationGrantType(AuthorizationGrantType.AUTHORIZATION_CODE)
        .authorizationGrantType(AuthorizationGrantType.REFRESH_TOKEN)
        .redirectUri(Population.REDIRECT_URI)
        .scopes(scopes -> scopes.addAll(SCOPES))
        .build();
  }

  private static OAuth2Authorization templateWithTokens(RegisteredClient client) {
    Instant now = Instant.now();
    OAuth2AccessToken token =
        new OAuth2AccessToken(
            OAuth2AccessToken.TokenType.BEARER,
            "template access",
            now,
            now.plus(Duration.ofDays(30)),
            SCOPES);
    return withTokens(approved(client, "tokens"), "template access", "template refresh")
        .token(token)
        .build();
  }

  private static OAuth2Authorization templateWithCode(RegisteredClient client) {
    Instant now = Instant.now();
    return approved(client, "code")
        .token(new OAuth2AuthorizationCode("template code", now, now.plus(Duration.ofDays(1))))
        .build();
  }

  private static OAuth2Authorization.Builder approved(RegisteredClient client, String id) {
    OAuth2AuthorizationRequest request =
        OAuth2AuthorizationRequest.authorizationCode()
            .authorizationUri(ISSUER + "/authorize")
            .clientId(client.getClientId())
            .redirectUri(Population.REDIRECT_URI)
            .scopes(SCOPES)
            .state("state")
            .additionalParameters(
                Map.of("code_challenge", Texts.PKCE.challenge(), "code_challenge_method", "S256"))
            .build();
    return OAuth2Authorization.withRegisteredClient(client)
        .id(id)
        .principalName("user")
        .authorizationGrantType(AuthorizationGrantType.AUTHORIZATION_CODE)
        .authorizedScopes(SCOPES)
        .attribute(OAuth2AuthorizationRequest.class.getName(), request)
        .attribute(
            Principal.class.getName(),
            UsernamePasswordAuthenticationToken.authenticated(
                "user", null, List.of(new SimpleGrantedAuthority("ROLE_USER"))));
  }

  private static void multiply(Statement statement, Population population) throws SQLException {
    statement.execute(
        copied(
            "oauth2_registered_client",
            "client_id = 'template'",
            "population.clients",
            "'id', 'client-' || p.n, 'client_id', 'client-' || p.n"));
    statement.execute("DELETE FROM oauth2_registered_client WHERE client_id = 'template'");
    String owner =
        "'registered_client_id', 'client-' || p.n %% %d, 'principal_name', 'user' || p.n %% %d"
            .formatted(Population.CLIENTS, population.accounts());
    statement.execute(
        copied(
            "oauth2_authorization",
            "id = 'tokens'",
            "population.authorizations",
            "'id', p.session_id, 'access_token_value', p.access_token, 'refresh_token_value', p.refresh_token, "
                + owner));
    statement.execute(
        copied(
            "oauth2_authorization",
            "id = 'code'",
            "population.codes",
            "'id', p.id, 'authorization_code_value', p.code, " + owner));
    statement.execute("DELETE FROM oauth2_authorization WHERE id IN ('tokens', 'code')");
  }

  /** One row for each of a population, like a template with some columns replaced. */
  private static String copied(String table, String template, String each, String replaced) {
    return """
    INSERT INTO %1$s
    SELECT r.* FROM %3$s p, %1$s t, jsonb_populate_record(t, jsonb_build_object(%4$s)) r
    WHERE t.%2$s ORDER BY p.n
    """
        .formatted(table, template, each, replaced);
  }

  /** A script of the library, as its comment says to change it for PostgreSQL. */
  private static String script(String name) throws IOException {
    try (InputStream stream = SpringPeer.class.getResourceAsStream(PACKAGE + name)) {
      String text = new String(found(stream).readAllBytes(), StandardCharsets.UTF_8);
      return text.replaceAll("/\\*(?s:.*?)\\*/", "")
          .replace(" blob", " text")
          .replace(" timestamp", " timestamptz");
    }
  }
}
