package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.schema.Tables.OAUTH2_ACCESS_TOKENS;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_AUTHORIZATION_GRANTS;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_CLIENTS;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_DEVICE_CODE_GRANTS;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_REFRESH_TOKENS;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_SESSIONS;

import dev.authstore.model.Addresses;
import dev.authstore.model.Json;
import dev.authstore.model.JwsAlgorithm;
import dev.authstore.model.Pkce;
import dev.authstore.model.Scope;
import dev.authstore.model.oauth2.ApplicationType;
import dev.authstore.model.oauth2.ClientAuthMethod;
import dev.authstore.model.oauth2.CodeRequest;
import dev.authstore.model.oauth2.GrantType;
import dev.authstore.model.oauth2.JwksSource;
import dev.authstore.model.oauth2.OAuth2AccessToken;
import dev.authstore.model.oauth2.OAuth2AccessTokenStage;
import dev.authstore.model.oauth2.OAuth2AuthorizationGrant;
import dev.authstore.model.oauth2.OAuth2AuthorizationGrantStage;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2DeviceCodeGrant;
import dev.authstore.model.oauth2.OAuth2DeviceCodeGrantStage;
import dev.authstore.model.oauth2.OAuth2RefreshToken;
import dev.authstore.model.oauth2.OAuth2RefreshTokenStage;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.oauth2.OAuth2SessionStage;
import dev.authstore.storage.pg.internal.Projection;
import dev.authstore.storage.pg.internal.Row;
import dev.authstore.storage.pg.internal.StoredUri;
import java.net.URI;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jooq.TableField;

/**
 * How each aggregate of the group is read. Together, since the flows read several of them from one
 * row.
 */
final class OAuth2Projections {
  static final Projection<OAuth2Client> CLIENT =
      Projection.of(
          "oauth2_client",
          OAUTH2_CLIENTS.ID,
          OAuth2Projections::client,
          OAUTH2_CLIENTS.METADATA_DIGEST,
          OAUTH2_CLIENTS.ENCRYPTED_CLIENT_SECRET,
          OAUTH2_CLIENTS.APPLICATION_TYPE,
          OAUTH2_CLIENTS.REDIRECT_URIS,
          OAUTH2_CLIENTS.GRANT_TYPES,
          OAUTH2_CLIENTS.CLIENT_NAME,
          OAUTH2_CLIENTS.LOGO_URI,
          OAUTH2_CLIENTS.CLIENT_URI,
          OAUTH2_CLIENTS.POLICY_URI,
          OAUTH2_CLIENTS.TOS_URI,
          OAUTH2_CLIENTS.JWKS_URI,
          OAUTH2_CLIENTS.JWKS,
          OAUTH2_CLIENTS.ID_TOKEN_SIGNED_RESPONSE_ALG,
          OAUTH2_CLIENTS.USERINFO_SIGNED_RESPONSE_ALG,
          OAUTH2_CLIENTS.TOKEN_ENDPOINT_AUTH_METHOD,
          OAUTH2_CLIENTS.TOKEN_ENDPOINT_AUTH_SIGNING_ALG,
          OAUTH2_CLIENTS.INITIATE_LOGIN_URI,
          OAUTH2_CLIENTS.IS_STATIC);

  static final Projection<OAuth2Session> SESSION =
      Projection.of(
          "oauth2_session",
          OAUTH2_SESSIONS.ID,
          OAuth2Projections::session,
          OAUTH2_SESSIONS.CLIENT_ID,
          OAUTH2_SESSIONS.USER_ID,
          OAUTH2_SESSIONS.BROWSER_SESSION_ID,
          OAUTH2_SESSIONS.SCOPE,
          OAUTH2_SESSIONS.CREATED_AT,
          OAUTH2_SESSIONS.FINISHED_AT,
          OAUTH2_SESSIONS.USER_AGENT,
          OAUTH2_SESSIONS.HUMAN_NAME,
          OAUTH2_SESSIONS.LAST_ACTIVE_AT,
          OAUTH2_SESSIONS.LAST_ACTIVE_IP);

  static final Projection<OAuth2AccessToken> ACCESS_TOKEN =
      Projection.of(
          "oauth2_access_token",
          OAUTH2_ACCESS_TOKENS.ID,
          OAuth2Projections::accessToken,
          OAUTH2_ACCESS_TOKENS.SESSION_ID,
          OAUTH2_ACCESS_TOKENS.CREATED_AT,
          OAUTH2_ACCESS_TOKENS.EXPIRES_AT,
          OAUTH2_ACCESS_TOKENS.REVOKED_AT,
          OAUTH2_ACCESS_TOKENS.FIRST_USED_AT);

  static final Projection<OAuth2RefreshToken> REFRESH_TOKEN =
      Projection.of(
          "oauth2_refresh_token",
          OAUTH2_REFRESH_TOKENS.ID,
          OAuth2Projections::refreshToken,
          OAUTH2_REFRESH_TOKENS.SESSION_ID,
          OAUTH2_REFRESH_TOKENS.ACCESS_TOKEN_ID,
          OAUTH2_REFRESH_TOKENS.CREATED_AT,
          OAUTH2_REFRESH_TOKENS.CONSUMED_AT,
          OAUTH2_REFRESH_TOKENS.NEXT_REFRESH_TOKEN_ID,
          OAUTH2_REFRESH_TOKENS.REVOKED_AT);

  static final Projection<OAuth2AuthorizationGrant> AUTHORIZATION_GRANT =
      Projection.of(
          "oauth2_authorization_grant",
          OAUTH2_AUTHORIZATION_GRANTS.ID,
          OAuth2Projections::authorizationGrant,
          OAUTH2_AUTHORIZATION_GRANTS.CLIENT_ID,
          OAUTH2_AUTHORIZATION_GRANTS.SESSION_ID,
          OAUTH2_AUTHORIZATION_GRANTS.BROWSER_SESSION_ID,
          OAUTH2_AUTHORIZATION_GRANTS.REDIRECT_URI,
          OAUTH2_AUTHORIZATION_GRANTS.SCOPE,
          OAUTH2_AUTHORIZATION_GRANTS.RESPONSE_TYPE_CODE,
          OAUTH2_AUTHORIZATION_GRANTS.RESPONSE_TYPE_ID_TOKEN,
          OAUTH2_AUTHORIZATION_GRANTS.RESPONSE_MODE,
          OAUTH2_AUTHORIZATION_GRANTS.CODE_CHALLENGE,
          OAUTH2_AUTHORIZATION_GRANTS.CODE_CHALLENGE_METHOD,
          OAUTH2_AUTHORIZATION_GRANTS.STATE,
          OAUTH2_AUTHORIZATION_GRANTS.NONCE,
          OAUTH2_AUTHORIZATION_GRANTS.LOGIN_HINT,
          OAUTH2_AUTHORIZATION_GRANTS.LOCALE,
          OAUTH2_AUTHORIZATION_GRANTS.RAW_PARAMETERS,
          OAUTH2_AUTHORIZATION_GRANTS.CREATED_AT,
          OAUTH2_AUTHORIZATION_GRANTS.FULFILLED_AT,
          OAUTH2_AUTHORIZATION_GRANTS.EXCHANGED_AT,
          OAUTH2_AUTHORIZATION_GRANTS.CANCELLED_AT);

  static final Projection<OAuth2DeviceCodeGrant> DEVICE_CODE_GRANT =
      Projection.of(
          "oauth2_device_code_grant",
          OAUTH2_DEVICE_CODE_GRANTS.ID,
          OAuth2Projections::deviceCodeGrant,
          OAUTH2_DEVICE_CODE_GRANTS.CLIENT_ID,
          OAUTH2_DEVICE_CODE_GRANTS.SESSION_ID,
          OAUTH2_DEVICE_CODE_GRANTS.BROWSER_SESSION_ID,
          OAUTH2_DEVICE_CODE_GRANTS.SCOPE,
          OAUTH2_DEVICE_CODE_GRANTS.USER_CODE,
          OAUTH2_DEVICE_CODE_GRANTS.CREATED_AT,
          OAUTH2_DEVICE_CODE_GRANTS.EXPIRES_AT,
          OAUTH2_DEVICE_CODE_GRANTS.FULFILLED_AT,
          OAUTH2_DEVICE_CODE_GRANTS.REJECTED_AT,
          OAUTH2_DEVICE_CODE_GRANTS.EXCHANGED_AT,
          OAUTH2_DEVICE_CODE_GRANTS.IP_ADDRESS,
          OAUTH2_DEVICE_CODE_GRANTS.USER_AGENT,
          OAUTH2_DEVICE_CODE_GRANTS.LOCALE);

  private OAuth2Projections() {}

  private static OAuth2Client client(Row row) {
    return new OAuth2Client(
        row.get(OAUTH2_CLIENTS.ID),
        row.find(OAUTH2_CLIENTS.METADATA_DIGEST),
        row.find(OAUTH2_CLIENTS.ENCRYPTED_CLIENT_SECRET),
        row.findDecoded(OAUTH2_CLIENTS.APPLICATION_TYPE, ApplicationType::new),
        row.decode(OAUTH2_CLIENTS.REDIRECT_URIS, OAuth2Projections::uris),
        row.decode(OAUTH2_CLIENTS.GRANT_TYPES, OAuth2Projections::grantTypes),
        row.find(OAUTH2_CLIENTS.CLIENT_NAME),
        row.findDecoded(OAUTH2_CLIENTS.LOGO_URI, StoredUri::parse),
        row.findDecoded(OAUTH2_CLIENTS.CLIENT_URI, StoredUri::parse),
        row.findDecoded(OAUTH2_CLIENTS.POLICY_URI, StoredUri::parse),
        row.findDecoded(OAUTH2_CLIENTS.TOS_URI, StoredUri::parse),
        jwks(row),
        row.findDecoded(OAUTH2_CLIENTS.ID_TOKEN_SIGNED_RESPONSE_ALG, JwsAlgorithm::new),
        row.findDecoded(OAUTH2_CLIENTS.USERINFO_SIGNED_RESPONSE_ALG, JwsAlgorithm::new),
        row.findDecoded(OAUTH2_CLIENTS.TOKEN_ENDPOINT_AUTH_METHOD, ClientAuthMethod::new),
        row.findDecoded(OAUTH2_CLIENTS.TOKEN_ENDPOINT_AUTH_SIGNING_ALG, JwsAlgorithm::new),
        row.findDecoded(OAUTH2_CLIENTS.INITIATE_LOGIN_URI, StoredUri::parse),
        row.get(OAUTH2_CLIENTS.IS_STATIC));
  }

  private static Optional<JwksSource> jwks(Row row) {
    Optional<JwksSource> inline =
        row.findDecoded(OAUTH2_CLIENTS.JWKS, text -> new JwksSource.Inline(Json.parse(text)));
    Optional<JwksSource> remote =
        row.findDecoded(
            OAUTH2_CLIENTS.JWKS_URI, text -> new JwksSource.Remote(StoredUri.parse(text)));
    if (inline.isPresent() && remote.isPresent()) {
      throw row.invalid(OAUTH2_CLIENTS.JWKS_URI, null);
    }
    return inline.or(() -> remote);
  }

  private static OAuth2Session session(Row row) {
    return new OAuth2Session(
        row.get(OAUTH2_SESSIONS.ID),
        row.get(OAUTH2_SESSIONS.CLIENT_ID),
        row.find(OAUTH2_SESSIONS.USER_ID),
        row.find(OAUTH2_SESSIONS.BROWSER_SESSION_ID),
        row.decode(OAUTH2_SESSIONS.SCOPE, Scope::of),
        row.get(OAUTH2_SESSIONS.CREATED_AT),
        row.find(OAUTH2_SESSIONS.FINISHED_AT)
            .<OAuth2SessionStage>map(OAuth2SessionStage.Finished::new)
            .orElseGet(OAuth2SessionStage.Valid::new),
        row.find(OAUTH2_SESSIONS.USER_AGENT),
        row.find(OAUTH2_SESSIONS.HUMAN_NAME),
        row.find(OAUTH2_SESSIONS.LAST_ACTIVE_AT),
        row.findDecoded(OAUTH2_SESSIONS.LAST_ACTIVE_IP, Addresses::parse));
  }

  private static OAuth2AccessToken accessToken(Row row) {
    return new OAuth2AccessToken(
        row.get(OAUTH2_ACCESS_TOKENS.ID),
        row.get(OAUTH2_ACCESS_TOKENS.SESSION_ID),
        row.get(OAUTH2_ACCESS_TOKENS.CREATED_AT),
        row.find(OAUTH2_ACCESS_TOKENS.EXPIRES_AT),
        row.find(OAUTH2_ACCESS_TOKENS.REVOKED_AT)
            .<OAuth2AccessTokenStage>map(OAuth2AccessTokenStage.Revoked::new)
            .orElseGet(OAuth2AccessTokenStage.Valid::new),
        row.find(OAUTH2_ACCESS_TOKENS.FIRST_USED_AT));
  }

  private static OAuth2RefreshToken refreshToken(Row row) {
    return new OAuth2RefreshToken(
        row.get(OAUTH2_REFRESH_TOKENS.ID),
        row.get(OAUTH2_REFRESH_TOKENS.SESSION_ID),
        row.find(OAUTH2_REFRESH_TOKENS.ACCESS_TOKEN_ID),
        row.get(OAUTH2_REFRESH_TOKENS.CREATED_AT),
        refreshTokenStage(row));
  }

  private static OAuth2RefreshTokenStage refreshTokenStage(Row row) {
    Optional<Instant> consumedAt = row.find(OAUTH2_REFRESH_TOKENS.CONSUMED_AT);
    Optional<Instant> revokedAt = row.find(OAUTH2_REFRESH_TOKENS.REVOKED_AT);
    if (consumedAt.isPresent()) {
      require(row, revokedAt.isEmpty());
      return new OAuth2RefreshTokenStage.Consumed(
          consumedAt.get(), row.find(OAUTH2_REFRESH_TOKENS.NEXT_REFRESH_TOKEN_ID));
    }
    require(row, row.find(OAUTH2_REFRESH_TOKENS.NEXT_REFRESH_TOKEN_ID).isEmpty());
    return revokedAt
        .<OAuth2RefreshTokenStage>map(OAuth2RefreshTokenStage.Revoked::new)
        .orElseGet(OAuth2RefreshTokenStage.Valid::new);
  }

  private static void require(Row row, boolean consistent) {
    if (!consistent) {
      throw row.invalid(OAUTH2_REFRESH_TOKENS.CONSUMED_AT, null);
    }
  }

  private static OAuth2AuthorizationGrant authorizationGrant(Row row) {
    return new OAuth2AuthorizationGrant(
        row.get(OAUTH2_AUTHORIZATION_GRANTS.ID),
        row.get(OAUTH2_AUTHORIZATION_GRANTS.CLIENT_ID),
        row.decode(OAUTH2_AUTHORIZATION_GRANTS.REDIRECT_URI, StoredUri::parse),
        row.decode(OAUTH2_AUTHORIZATION_GRANTS.SCOPE, Scope::of),
        code(row),
        row.find(OAUTH2_AUTHORIZATION_GRANTS.STATE),
        row.find(OAUTH2_AUTHORIZATION_GRANTS.NONCE),
        row.get(OAUTH2_AUTHORIZATION_GRANTS.RESPONSE_MODE),
        row.get(OAUTH2_AUTHORIZATION_GRANTS.RESPONSE_TYPE_ID_TOKEN),
        row.find(OAUTH2_AUTHORIZATION_GRANTS.LOGIN_HINT),
        row.find(OAUTH2_AUTHORIZATION_GRANTS.LOCALE),
        row.decode(OAUTH2_AUTHORIZATION_GRANTS.RAW_PARAMETERS, OAuth2Projections::strings),
        row.get(OAUTH2_AUTHORIZATION_GRANTS.CREATED_AT),
        authorizationGrantStage(row));
  }

  private static Optional<CodeRequest> code(Row row) {
    Optional<Pkce.Method> method =
        row.findDecoded(OAUTH2_AUTHORIZATION_GRANTS.CODE_CHALLENGE_METHOD, Pkce.Method::parse);
    Optional<Pkce> pkce =
        method.map(m -> new Pkce(m, row.get(OAUTH2_AUTHORIZATION_GRANTS.CODE_CHALLENGE)));
    return row.get(OAUTH2_AUTHORIZATION_GRANTS.RESPONSE_TYPE_CODE)
        ? Optional.of(new CodeRequest(pkce))
        : Optional.empty();
  }

  // What the stage needs is read with get, so that a contradiction is reported.
  // What the stage needs is read with get, so that a contradiction is reported either way.
  private static OAuth2AuthorizationGrantStage authorizationGrantStage(Row row) {
    Optional<Instant> fulfilledAt = row.find(OAUTH2_AUTHORIZATION_GRANTS.FULFILLED_AT);
    Optional<Instant> exchangedAt = row.find(OAUTH2_AUTHORIZATION_GRANTS.EXCHANGED_AT);
    Optional<Instant> cancelledAt = row.find(OAUTH2_AUTHORIZATION_GRANTS.CANCELLED_AT);
    if (exchangedAt.isPresent()) {
      requireAbsent(row, OAUTH2_AUTHORIZATION_GRANTS.CANCELLED_AT);
      return new OAuth2AuthorizationGrantStage.Exchanged(
          row.get(OAUTH2_AUTHORIZATION_GRANTS.SESSION_ID),
          row.get(OAUTH2_AUTHORIZATION_GRANTS.FULFILLED_AT),
          exchangedAt.get());
    }
    requireAbsent(row, OAUTH2_AUTHORIZATION_GRANTS.SESSION_ID);
    if (fulfilledAt.isPresent()) {
      requireAbsent(row, OAUTH2_AUTHORIZATION_GRANTS.CANCELLED_AT);
      return new OAuth2AuthorizationGrantStage.Fulfilled(
          row.get(OAUTH2_AUTHORIZATION_GRANTS.BROWSER_SESSION_ID), fulfilledAt.get());
    }
    requireAbsent(row, OAUTH2_AUTHORIZATION_GRANTS.BROWSER_SESSION_ID);
    return cancelledAt
        .<OAuth2AuthorizationGrantStage>map(OAuth2AuthorizationGrantStage.Cancelled::new)
        .orElseGet(OAuth2AuthorizationGrantStage.Pending::new);
  }

  private static OAuth2DeviceCodeGrant deviceCodeGrant(Row row) {
    return new OAuth2DeviceCodeGrant(
        row.get(OAUTH2_DEVICE_CODE_GRANTS.ID),
        row.get(OAUTH2_DEVICE_CODE_GRANTS.CLIENT_ID),
        row.decode(OAUTH2_DEVICE_CODE_GRANTS.SCOPE, Scope::of),
        row.get(OAUTH2_DEVICE_CODE_GRANTS.USER_CODE),
        row.get(OAUTH2_DEVICE_CODE_GRANTS.CREATED_AT),
        row.get(OAUTH2_DEVICE_CODE_GRANTS.EXPIRES_AT),
        deviceCodeGrantStage(row),
        row.findDecoded(OAUTH2_DEVICE_CODE_GRANTS.IP_ADDRESS, Addresses::parse),
        row.find(OAUTH2_DEVICE_CODE_GRANTS.USER_AGENT),
        row.find(OAUTH2_DEVICE_CODE_GRANTS.LOCALE));
  }

  private static OAuth2DeviceCodeGrantStage deviceCodeGrantStage(Row row) {
    Optional<Instant> fulfilledAt = row.find(OAUTH2_DEVICE_CODE_GRANTS.FULFILLED_AT);
    Optional<Instant> rejectedAt = row.find(OAUTH2_DEVICE_CODE_GRANTS.REJECTED_AT);
    Optional<Instant> exchangedAt = row.find(OAUTH2_DEVICE_CODE_GRANTS.EXCHANGED_AT);
    if (exchangedAt.isPresent()) {
      requireAbsent(row, OAUTH2_DEVICE_CODE_GRANTS.REJECTED_AT);
      return new OAuth2DeviceCodeGrantStage.Exchanged(
          row.get(OAUTH2_DEVICE_CODE_GRANTS.BROWSER_SESSION_ID),
          row.get(OAUTH2_DEVICE_CODE_GRANTS.FULFILLED_AT),
          exchangedAt.get(),
          row.get(OAUTH2_DEVICE_CODE_GRANTS.SESSION_ID));
    }
    requireAbsent(row, OAUTH2_DEVICE_CODE_GRANTS.SESSION_ID);
    if (fulfilledAt.isPresent()) {
      requireAbsent(row, OAUTH2_DEVICE_CODE_GRANTS.REJECTED_AT);
      return new OAuth2DeviceCodeGrantStage.Fulfilled(
          row.get(OAUTH2_DEVICE_CODE_GRANTS.BROWSER_SESSION_ID), fulfilledAt.get());
    }
    if (rejectedAt.isPresent()) {
      return new OAuth2DeviceCodeGrantStage.Rejected(
          row.get(OAUTH2_DEVICE_CODE_GRANTS.BROWSER_SESSION_ID), rejectedAt.get());
    }
    requireAbsent(row, OAUTH2_DEVICE_CODE_GRANTS.BROWSER_SESSION_ID);
    return new OAuth2DeviceCodeGrantStage.Pending();
  }

  private static void requireAbsent(Row row, TableField<?, ?> column) {
    if (row.find(column).isPresent()) {
      throw row.invalid(column, null);
    }
  }

  private static List<URI> uris(String[] texts) {
    return Arrays.stream(texts).map(StoredUri::parse).toList();
  }

  private static Set<GrantType> grantTypes(String[] texts) {
    return Arrays.stream(texts).map(GrantType::new).collect(Collectors.toUnmodifiableSet());
  }

  private static Map<String, String> strings(String object) {
    Map<String, String> strings = new TreeMap<>();
    Json.parse(object).members().forEach((name, value) -> strings.put(name, string(value)));
    return strings;
  }

  private static String string(Json value) {
    return value.asString().orElseThrow(() -> new IllegalArgumentException("not a string"));
  }
}
