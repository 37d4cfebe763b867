package dev.authstore.benchmarks.flows;

import dev.authstore.benchmarks.data.Population;
import dev.authstore.benchmarks.data.Share;
import dev.authstore.benchmarks.data.Texts;
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
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.authority.SimpleGrantedAuthority;
import org.springframework.security.core.userdetails.jdbc.JdbcDaoImpl;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.security.oauth2.core.OAuth2AccessToken;
import org.springframework.security.oauth2.core.OAuth2DeviceCode;
import org.springframework.security.oauth2.core.OAuth2RefreshToken;
import org.springframework.security.oauth2.core.OAuth2UserCode;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationRequest;
import org.springframework.security.oauth2.core.endpoint.OAuth2ParameterNames;
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
  private static final String USERS =
      "/org/springframework/security/core/userdetails/jdbc/users.ddl";
  private static final OAuth2TokenType DEVICE_CODE =
      new OAuth2TokenType(OAuth2ParameterNames.DEVICE_CODE);
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
  private final JdbcDaoImpl users;
  private final Share share;
  private final SecureRandom random = new SecureRandom();

  SpringPeer(String title, DataSource dataSource, Share share) {
    this.title = title;
    JdbcTemplate jdbc = new JdbcTemplate(dataSource);
    this.clients = new JdbcRegisteredClientRepository(jdbc);
    this.authorizations = new JdbcOAuth2AuthorizationService(jdbc, clients);
    this.users = new JdbcDaoImpl();
    users.setJdbcTemplate(jdbc);
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
      statement.execute("SET maintenance_work_mem TO '256MB'");
      statement.execute(script(PACKAGE + "client/oauth2-registered-client-schema.sql"));
      statement.execute(script(PACKAGE + "oauth2-authorization-schema.sql"));
      statement.execute(script(USERS).replace("varchar_ignorecase", "varchar"));
      JdbcTemplate jdbc = new JdbcTemplate(dataSource);
      JdbcRegisteredClientRepository clients = new JdbcRegisteredClientRepository(jdbc);
      RegisteredClient client = templateClient();
      clients.save(client);
      JdbcOAuth2AuthorizationService authorizations =
          new JdbcOAuth2AuthorizationService(jdbc, clients);
      authorizations.save(templateWithTokens(client));
      authorizations.save(templateWithCode(client));
      authorizations.save(templateWithDeviceCode(client));
      multiply(statement, population);
      if (indexed) {
        for (String column : INDEXED) {
          statement.execute("CREATE INDEX ON oauth2_authorization (" + column + ")");
        }
        statement.execute("CREATE INDEX ON oauth2_registered_client (client_id)");
      }
      statement.execute("VACUUM ANALYZE oauth2_registered_client, oauth2_authorization");
      statement.execute("VACUUM ANALYZE users, authorities");
    }
  }

  @Override
  public String title() {
    return title;
  }

  /** It has no lists, no activity and no cleanup. */
  @Override
  public Set<Flow> flows() {
    return EnumSet.range(Flow.INTROSPECTION, Flow.LOGIN);
  }

  @Override
  public Object run(Flow flow) {
    return switch (flow) {
      case INTROSPECTION -> introspect();
      case CODE_EXCHANGE -> exchange();
      case REFRESH -> refresh();
      case CLIENT_CREDENTIALS -> startClientCredentials();
      case DEVICE_EXCHANGE -> exchangeDevice();
      case LOGIN -> users.loadUserByUsername(Texts.username(share.account()));
      case SESSIONS, ACTIVITY, CLEANUP -> throw new IllegalArgumentException("has no " + flow);
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

  private Object startClientCredentials() {
    RegisteredClient client = client(share.client());
    OAuth2Authorization.Builder authorization =
        OAuth2Authorization.withRegisteredClient(client)
            .principalName(client.getClientId())
            .authorizationGrantType(AuthorizationGrantType.CLIENT_CREDENTIALS)
            .authorizedScopes(SCOPES);
    OAuth2Authorization begun =
        withAccessToken(authorization, TokenKind.ACCESS_TOKEN.generate(random)).build();
    authorizations.save(begun);
    return List.of(client, begun);
  }

  private Object exchangeDevice() {
    int number = share.nextDeviceCode();
    RegisteredClient client = client(number);
    OAuth2Authorization authorization = found(Texts.deviceCode(number), DEVICE_CODE);
    OAuth2Authorization.Token<OAuth2DeviceCode> code =
        authorization.getToken(OAuth2DeviceCode.class);
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
    return withAccessToken(authorization, accessToken)
        .refreshToken(new OAuth2RefreshToken(refreshToken, now, now.plus(Duration.ofDays(30))));
  }

  private static OAuth2Authorization.Builder withAccessToken(
      OAuth2Authorization.Builder authorization, String accessToken) {
    Instant now = Instant.now();
    Map<String, Object> claims = // of a type that its reader of JSON allows
        new HashMap<>(Map.of("iss", ISSUER, "sub", "user", "exp", now.plus(TTL), "iat", now));
    return authorization.token(
        new OAuth2AccessToken(
            OAuth2AccessToken.TokenType.BEARER, accessToken, now, now.plus(TTL), SCOPES),
        metadata -> metadata.put(OAuth2Authorization.Token.CLAIMS_METADATA_NAME, claims));
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

  private static OAuth2Authorization templateWithDeviceCode(RegisteredClient client) {
    Instant now = Instant.now();
    Instant end = now.plus(Duration.ofDays(1));
    return approved(client, "device")
        .authorizationGrantType(AuthorizationGrantType.DEVICE_CODE)
        .token(new OAuth2DeviceCode("template device code", now, end))
        .token(
            new OAuth2UserCode("template user code", now, end),
            metadata -> metadata.put(OAuth2Authorization.Token.INVALIDATED_METADATA_NAME, true))
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
    statement.execute(
        "INSERT INTO users SELECT 'user' || n, repeat('h', 97), true FROM population.accounts");
    statement.execute("INSERT INTO authorities SELECT username, 'ROLE_USER' FROM users");
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
    statement.execute(
        copied(
            "oauth2_authorization",
            "id = 'device'",
            "population.device_codes",
            "'id', p.id, 'device_code_value', p.code, 'user_code_value', 'U' || p.n, " + owner));
    statement.execute("DELETE FROM oauth2_authorization WHERE id IN ('tokens', 'code', 'device')");
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
    try (InputStream stream = SpringPeer.class.getResourceAsStream(name)) {
      String text = new String(found(stream).readAllBytes(), StandardCharsets.UTF_8);
      return text.replaceAll("/\\*(?s:.*?)\\*/", "")
          .replace(" blob", " text")
          .replace(" timestamp", " timestamptz");
    }
  }
}
