package dev.authstore.storage.pg.upstream;

import static dev.authstore.storage.pg.internal.Bind.bind;
import static dev.authstore.storage.pg.schema.Tables.UPSTREAM_OAUTH_PROVIDERS;
import static dev.authstore.storage.pg.upstream.UpstreamProjections.PROVIDER;
import static org.jooq.impl.DSL.excluded;
import static org.jooq.impl.DSL.insertInto;
import static org.jooq.impl.DSL.param;

import dev.authstore.model.Json;
import dev.authstore.model.JwsAlgorithm;
import dev.authstore.model.upstream.AuthorizationParameter;
import dev.authstore.model.upstream.UpstreamOAuthProvider;
import dev.authstore.storage.pg.internal.Bind;
import dev.authstore.storage.pg.internal.Conditions;
import dev.authstore.storage.pg.internal.EnumConverter;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.upstream.UpstreamOAuthProviderParams;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jooq.Field;
import org.jooq.InsertValuesStepN;
import org.jooq.Param;
import org.jooq.Record;
import org.jooq.TableField;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** The statements that write a provider, always all of it, and what they write. */
final class ProviderWriting {
  private static final List<TableField<Record, ?>> PARAMETERS =
      List.of(
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
          UPSTREAM_OAUTH_PROVIDERS.UI_ORDER);

  private static final List<TableField<Record, ?>> COLUMNS =
      Stream.concat(
              Stream.of(UPSTREAM_OAUTH_PROVIDERS.ID, UPSTREAM_OAUTH_PROVIDERS.CREATED_AT),
              PARAMETERS.stream())
          .toList();

  static final Statement<UpstreamOAuthProvider> ADD =
      new Statement<>(insert().returning(PROVIDER.columns()), PROVIDER::read);

  static final Statement<UpstreamOAuthProvider> UPSERT =
      new Statement<>(
          insert()
              .onConflict(UPSTREAM_OAUTH_PROVIDERS.ID)
              .doUpdate()
              .set(replaced())
              .set(
                  UPSTREAM_OAUTH_PROVIDERS.DISABLED_AT,
                  DSL.inline(null, UPSTREAM_OAUTH_PROVIDERS.DISABLED_AT))
              .returning(PROVIDER.columns()),
          PROVIDER::read);

  private ProviderWriting() {}

  /** What the statements write. */
  static Bind[] values(UUID id, Instant now, UpstreamOAuthProviderParams params) {
    return new Bind[] {
      value(UPSTREAM_OAUTH_PROVIDERS.ID, id),
      value(UPSTREAM_OAUTH_PROVIDERS.CREATED_AT, now),
      value(UPSTREAM_OAUTH_PROVIDERS.ISSUER, params.issuer()),
      value(UPSTREAM_OAUTH_PROVIDERS.HUMAN_NAME, params.humanName()),
      value(UPSTREAM_OAUTH_PROVIDERS.BRAND_NAME, params.brandName()),
      value(UPSTREAM_OAUTH_PROVIDERS.SCOPE, Conditions.texts(params.scope().tokens())),
      value(UPSTREAM_OAUTH_PROVIDERS.CLIENT_ID, params.clientId()),
      value(UPSTREAM_OAUTH_PROVIDERS.ENCRYPTED_CLIENT_SECRET, params.encryptedClientSecret()),
      value(UPSTREAM_OAUTH_PROVIDERS.TOKEN_ENDPOINT_AUTH_METHOD, params.tokenEndpointAuthMethod()),
      algorithm(
          UPSTREAM_OAUTH_PROVIDERS.TOKEN_ENDPOINT_SIGNING_ALG, params.tokenEndpointSigningAlg()),
      value(
          UPSTREAM_OAUTH_PROVIDERS.ID_TOKEN_SIGNED_RESPONSE_ALG,
          params.idTokenSignedResponseAlg().name()),
      value(UPSTREAM_OAUTH_PROVIDERS.FETCH_USERINFO, params.fetchUserinfo()),
      algorithm(
          UPSTREAM_OAUTH_PROVIDERS.USERINFO_SIGNED_RESPONSE_ALG,
          params.userinfoSignedResponseAlg()),
      value(UPSTREAM_OAUTH_PROVIDERS.DISCOVERY_MODE, params.discoveryMode()),
      value(UPSTREAM_OAUTH_PROVIDERS.PKCE_MODE, params.pkceMode()),
      value(UPSTREAM_OAUTH_PROVIDERS.RESPONSE_MODE, params.responseMode().map(EnumConverter::text)),
      uri(
          UPSTREAM_OAUTH_PROVIDERS.AUTHORIZATION_ENDPOINT_OVERRIDE,
          params.authorizationEndpointOverride()),
      uri(UPSTREAM_OAUTH_PROVIDERS.TOKEN_ENDPOINT_OVERRIDE, params.tokenEndpointOverride()),
      uri(UPSTREAM_OAUTH_PROVIDERS.USERINFO_ENDPOINT_OVERRIDE, params.userinfoEndpointOverride()),
      uri(UPSTREAM_OAUTH_PROVIDERS.JWKS_URI_OVERRIDE, params.jwksUriOverride()),
      value(
          UPSTREAM_OAUTH_PROVIDERS.CLAIMS_IMPORTS,
          ClaimsImportsJson.write(params.claimsImports()).text()),
      value(
          UPSTREAM_OAUTH_PROVIDERS.ADDITIONAL_AUTHORIZATION_PARAMETERS,
          pairs(params.additionalAuthorizationParameters()).text()),
      value(UPSTREAM_OAUTH_PROVIDERS.FORWARD_LOGIN_HINT, params.forwardLoginHint()),
      value(UPSTREAM_OAUTH_PROVIDERS.ON_BACKCHANNEL_LOGOUT, params.onBackchannelLogout()),
      value(
          UPSTREAM_OAUTH_PROVIDERS.REGISTRATION_TOKEN_REQUIRED, params.registrationTokenRequired()),
      value(UPSTREAM_OAUTH_PROVIDERS.UI_ORDER, params.uiOrder()),
    };
  }

  private static InsertValuesStepN<Record> insert() {
    return insertInto(UPSTREAM_OAUTH_PROVIDERS)
        .columns(COLUMNS)
        .values(COLUMNS.stream().map(ProviderWriting::parameter).toList());
  }

  private static Map<Field<?>, Field<?>> replaced() {
    return PARAMETERS.stream().collect(Collectors.toMap(Function.identity(), c -> excluded(c)));
  }

  private static Json pairs(List<AuthorizationParameter> parameters) {
    return Json.ofElements(
        parameters.stream()
            .map(p -> Json.ofElements(List.of(Json.of(p.name()), Json.of(p.template()))))
            .toList());
  }

  private static <V> Param<V> parameter(TableField<?, V> column) {
    return param(column.getName(), column);
  }

  private static <V> Bind value(TableField<?, V> column, @Nullable V value) {
    return bind(parameter(column), value);
  }

  private static <V> Bind value(TableField<?, V> column, Optional<V> value) {
    return value(column, value.orElse(null));
  }

  private static Bind algorithm(TableField<?, String> column, Optional<JwsAlgorithm> algorithm) {
    return value(column, algorithm.map(JwsAlgorithm::name));
  }

  private static Bind uri(TableField<?, String> column, Optional<URI> uri) {
    return value(column, uri.map(URI::toString));
  }
}
