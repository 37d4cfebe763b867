package dev.authstore.storage.pg.upstream;

import static dev.authstore.storage.pg.schema.Tables.UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.UPSTREAM_OAUTH_LINKS;
import static dev.authstore.storage.pg.schema.Tables.UPSTREAM_OAUTH_PROVIDERS;

import dev.authstore.model.Json;
import dev.authstore.model.JwsAlgorithm;
import dev.authstore.model.ResponseMode;
import dev.authstore.model.Scope;
import dev.authstore.model.upstream.AuthorizationParameter;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSession;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSessionStage;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSessionStage.Completed;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSessionStage.Consumed;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSessionStage.Pending;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSessionStage.Unlinked;
import dev.authstore.model.upstream.UpstreamOAuthLink;
import dev.authstore.model.upstream.UpstreamOAuthProvider;
import dev.authstore.storage.pg.internal.Projection;
import dev.authstore.storage.pg.internal.Row;
import dev.authstore.storage.pg.internal.StoredUri;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Record;
import org.jooq.TableField;

/** How each aggregate of the group is read. */
final class UpstreamProjections {
  static final Projection<UpstreamOAuthProvider> PROVIDER =
      Projection.of(
          "upstream_oauth_provider",
          UPSTREAM_OAUTH_PROVIDERS.ID,
          UpstreamProjections::provider,
          UPSTREAM_OAUTH_PROVIDERS.ISSUER,
          UPSTREAM_OAUTH_PROVIDERS.HUMAN_NAME,
          UPSTREAM_OAUTH_PROVIDERS.BRAND_NAME,
          UPSTREAM_OAUTH_PROVIDERS.SCOPE,
          UPSTREAM_OAUTH_PROVIDERS.CLIENT_ID,
          UPSTREAM_OAUTH_PROVIDERS.ENCRYPTED_CLIENT_SECRET,
          UPSTREAM_OAUTH_PROVIDERS.TOKEN_ENDPOINT_AUTH_METHOD,
          UPSTREAM_OAUTH_PROVIDERS.TOKEN_ENDPOINT_SIGNING_ALG,
          UPSTREAM_OAUTH_PROVIDERS.ID_TOKEN_SIGNED_RESPONSE_ALG,
          UPSTREAM_OAUTH_PROVIDERS.FETCH_USERINFO,
          UPSTREAM_OAUTH_PROVIDERS.USERINFO_SIGNED_RESPONSE_ALG,
          UPSTREAM_OAUTH_PROVIDERS.DISCOVERY_MODE,
          UPSTREAM_OAUTH_PROVIDERS.PKCE_MODE,
          UPSTREAM_OAUTH_PROVIDERS.RESPONSE_MODE,
          UPSTREAM_OAUTH_PROVIDERS.AUTHORIZATION_ENDPOINT_OVERRIDE,
          UPSTREAM_OAUTH_PROVIDERS.TOKEN_ENDPOINT_OVERRIDE,
          UPSTREAM_OAUTH_PROVIDERS.USERINFO_ENDPOINT_OVERRIDE,
          UPSTREAM_OAUTH_PROVIDERS.JWKS_URI_OVERRIDE,
          UPSTREAM_OAUTH_PROVIDERS.CLAIMS_IMPORTS,
          UPSTREAM_OAUTH_PROVIDERS.ADDITIONAL_AUTHORIZATION_PARAMETERS,
          UPSTREAM_OAUTH_PROVIDERS.FORWARD_LOGIN_HINT,
          UPSTREAM_OAUTH_PROVIDERS.ON_BACKCHANNEL_LOGOUT,
          UPSTREAM_OAUTH_PROVIDERS.REGISTRATION_TOKEN_REQUIRED,
          UPSTREAM_OAUTH_PROVIDERS.UI_ORDER,
          UPSTREAM_OAUTH_PROVIDERS.CREATED_AT,
          UPSTREAM_OAUTH_PROVIDERS.DISABLED_AT);

  static final Projection<UpstreamOAuthLink> LINK =
      Projection.of(
          "upstream_oauth_link",
          UPSTREAM_OAUTH_LINKS.ID,
          UpstreamProjections::link,
          UPSTREAM_OAUTH_LINKS.PROVIDER_ID,
          UPSTREAM_OAUTH_LINKS.USER_ID,
          UPSTREAM_OAUTH_LINKS.SUBJECT,
          UPSTREAM_OAUTH_LINKS.HUMAN_ACCOUNT_NAME,
          UPSTREAM_OAUTH_LINKS.CREATED_AT);

  static final Projection<UpstreamOAuthAuthorizationSession> SESSION =
      Projection.of(
          "upstream_oauth_authorization_session",
          UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID,
          UpstreamProjections::session,
          UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.PROVIDER_ID,
          UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.STATE,
          UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.CODE_CHALLENGE_VERIFIER,
          UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.NONCE,
          UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.CREATED_AT,
          UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.LINK_ID,
          UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.COMPLETED_AT,
          UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.CONSUMED_AT,
          UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.UNLINKED_AT,
          UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID_TOKEN,
          UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID_TOKEN_CLAIMS,
          UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.EXTRA_CALLBACK_PARAMETERS,
          UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.USERINFO);

  private static final int NAME_AND_TEMPLATE = 2;

  private UpstreamProjections() {}

  private static UpstreamOAuthProvider provider(Row row) {
    return new UpstreamOAuthProvider(
        row.get(UPSTREAM_OAUTH_PROVIDERS.ID),
        row.find(UPSTREAM_OAUTH_PROVIDERS.ISSUER),
        row.find(UPSTREAM_OAUTH_PROVIDERS.HUMAN_NAME),
        row.find(UPSTREAM_OAUTH_PROVIDERS.BRAND_NAME),
        row.decode(UPSTREAM_OAUTH_PROVIDERS.SCOPE, UpstreamProjections::scope),
        row.get(UPSTREAM_OAUTH_PROVIDERS.CLIENT_ID),
        row.find(UPSTREAM_OAUTH_PROVIDERS.ENCRYPTED_CLIENT_SECRET),
        row.get(UPSTREAM_OAUTH_PROVIDERS.TOKEN_ENDPOINT_AUTH_METHOD),
        row.findDecoded(UPSTREAM_OAUTH_PROVIDERS.TOKEN_ENDPOINT_SIGNING_ALG, JwsAlgorithm::new),
        row.decode(UPSTREAM_OAUTH_PROVIDERS.ID_TOKEN_SIGNED_RESPONSE_ALG, JwsAlgorithm::new),
        row.get(UPSTREAM_OAUTH_PROVIDERS.FETCH_USERINFO),
        row.findDecoded(UPSTREAM_OAUTH_PROVIDERS.USERINFO_SIGNED_RESPONSE_ALG, JwsAlgorithm::new),
        row.get(UPSTREAM_OAUTH_PROVIDERS.DISCOVERY_MODE),
        row.get(UPSTREAM_OAUTH_PROVIDERS.PKCE_MODE),
        row.findDecoded(UPSTREAM_OAUTH_PROVIDERS.RESPONSE_MODE, UpstreamProjections::responseMode),
        row.findDecoded(UPSTREAM_OAUTH_PROVIDERS.AUTHORIZATION_ENDPOINT_OVERRIDE, StoredUri::parse),
        row.findDecoded(UPSTREAM_OAUTH_PROVIDERS.TOKEN_ENDPOINT_OVERRIDE, StoredUri::parse),
        row.findDecoded(UPSTREAM_OAUTH_PROVIDERS.USERINFO_ENDPOINT_OVERRIDE, StoredUri::parse),
        row.findDecoded(UPSTREAM_OAUTH_PROVIDERS.JWKS_URI_OVERRIDE, StoredUri::parse),
        row.decode(UPSTREAM_OAUTH_PROVIDERS.CLAIMS_IMPORTS, ClaimsImportsJson::read),
        row.decode(
            UPSTREAM_OAUTH_PROVIDERS.ADDITIONAL_AUTHORIZATION_PARAMETERS,
            UpstreamProjections::parameters),
        row.get(UPSTREAM_OAUTH_PROVIDERS.FORWARD_LOGIN_HINT),
        row.get(UPSTREAM_OAUTH_PROVIDERS.ON_BACKCHANNEL_LOGOUT),
        row.get(UPSTREAM_OAUTH_PROVIDERS.REGISTRATION_TOKEN_REQUIRED),
        row.get(UPSTREAM_OAUTH_PROVIDERS.UI_ORDER),
        row.get(UPSTREAM_OAUTH_PROVIDERS.CREATED_AT),
        row.find(UPSTREAM_OAUTH_PROVIDERS.DISABLED_AT));
  }

  private static UpstreamOAuthLink link(Row row) {
    return new UpstreamOAuthLink(
        row.get(UPSTREAM_OAUTH_LINKS.ID),
        row.get(UPSTREAM_OAUTH_LINKS.PROVIDER_ID),
        row.find(UPSTREAM_OAUTH_LINKS.USER_ID),
        row.get(UPSTREAM_OAUTH_LINKS.SUBJECT),
        row.find(UPSTREAM_OAUTH_LINKS.HUMAN_ACCOUNT_NAME),
        row.get(UPSTREAM_OAUTH_LINKS.CREATED_AT));
  }

  private static UpstreamOAuthAuthorizationSession session(Row row) {
    return new UpstreamOAuthAuthorizationSession(
        row.get(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID),
        row.get(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.PROVIDER_ID),
        row.get(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.STATE),
        row.find(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.CODE_CHALLENGE_VERIFIER),
        row.find(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.NONCE),
        row.get(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.CREATED_AT),
        stage(row));
  }

  // What the stage needs is read with get, so that a contradiction is reported.
  private static UpstreamOAuthAuthorizationSessionStage stage(Row row) {
    Optional<UUID> link = row.find(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.LINK_ID);
    Optional<Instant> consumedAt = row.find(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.CONSUMED_AT);
    Optional<Instant> unlinkedAt = row.find(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.UNLINKED_AT);
    Optional<String> idToken = row.find(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID_TOKEN);
    Optional<Json> claims = json(row, UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID_TOKEN_CLAIMS);
    Optional<Json> extra =
        json(row, UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.EXTRA_CALLBACK_PARAMETERS);
    Optional<Json> userinfo = json(row, UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.USERINFO);
    if (unlinkedAt.isPresent()) {
      forbid(row, UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.LINK_ID, link);
      return new Unlinked(
          row.get(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.COMPLETED_AT),
          consumedAt,
          unlinkedAt.get(),
          claims);
    }
    if (link.isPresent()) {
      Instant completedAt = row.get(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.COMPLETED_AT);
      return consumedAt.isPresent()
          ? new Consumed(
              completedAt, link.get(), idToken, claims, extra, userinfo, consumedAt.get())
          : new Completed(completedAt, link.get(), idToken, claims, extra, userinfo);
    }
    forbid(
        row,
        UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.COMPLETED_AT,
        row.find(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.COMPLETED_AT));
    forbid(row, UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.CONSUMED_AT, consumedAt);
    forbid(row, UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID_TOKEN, idToken);
    forbid(row, UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID_TOKEN_CLAIMS, claims);
    forbid(row, UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.EXTRA_CALLBACK_PARAMETERS, extra);
    forbid(row, UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.USERINFO, userinfo);
    return new Pending();
  }

  private static void forbid(Row row, TableField<?, ?> column, Optional<?> value) {
    if (value.isPresent()) {
      throw row.invalid(column, null);
    }
  }

  private static Optional<Json> json(Row row, TableField<Record, String> column) {
    return row.findDecoded(column, Json::parse);
  }

  private static Scope scope(String[] tokens) {
    Scope scope = Scope.of(tokens);
    if (scope.isEmpty()) {
      throw new IllegalArgumentException("empty scope");
    }
    return scope;
  }

  private static ResponseMode responseMode(String stored) {
    return switch (stored) {
      case "query" -> ResponseMode.QUERY;
      case "form_post" -> ResponseMode.FORM_POST;
      default -> throw new IllegalArgumentException("unknown response mode");
    };
  }

  private static List<AuthorizationParameter> parameters(String stored) {
    Json array = Json.parse(stored);
    if (!array.isArray()) {
      throw new IllegalArgumentException("not an array");
    }
    return array.elements().stream().map(UpstreamProjections::parameter).toList();
  }

  private static AuthorizationParameter parameter(Json pair) {
    List<Optional<String>> strings = pair.elements().stream().map(Json::asString).toList();
    if (strings.size() != NAME_AND_TEMPLATE || strings.contains(Optional.<String>empty())) {
      throw new IllegalArgumentException("not a pair of strings");
    }
    return new AuthorizationParameter(strings.get(0).orElseThrow(), strings.get(1).orElseThrow());
  }
}
