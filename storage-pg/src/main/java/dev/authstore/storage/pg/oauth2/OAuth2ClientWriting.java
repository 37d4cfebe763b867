package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.oauth2.Columns.parameter;
import static dev.authstore.storage.pg.oauth2.Columns.texts;
import static dev.authstore.storage.pg.oauth2.Columns.value;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_CLIENTS;
import static org.jooq.impl.DSL.excluded;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.insertInto;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.not;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.with;

import dev.authstore.model.Folding;
import dev.authstore.model.JwsAlgorithm;
import dev.authstore.model.oauth2.ApplicationType;
import dev.authstore.model.oauth2.ClientAuthMethod;
import dev.authstore.model.oauth2.GrantType;
import dev.authstore.model.oauth2.JwksSource;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.storage.oauth2.ClientRegistration;
import dev.authstore.storage.oauth2.OAuth2ClientParams;
import dev.authstore.storage.oauth2.StaticOAuth2ClientParams;
import dev.authstore.storage.pg.internal.Bind;
import dev.authstore.storage.pg.internal.Statement;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jooq.CommonTableExpression;
import org.jooq.Field;
import org.jooq.InsertValuesStepN;
import org.jooq.Param;
import org.jooq.Record;
import org.jooq.TableField;

/** The statements that write a client, always all of it, and what they write. */
final class OAuth2ClientWriting {
  private static final Set<GrantType> GRANT_TYPES_OF_STATIC_CLIENTS =
      Set.of(
          GrantType.AUTHORIZATION_CODE,
          GrantType.REFRESH_TOKEN,
          GrantType.CLIENT_CREDENTIALS,
          GrantType.DEVICE_CODE);

  private static final List<TableField<Record, ?>> METADATA =
      List.of(
          OAUTH2_CLIENTS.METADATA_DIGEST,
          OAUTH2_CLIENTS.ENCRYPTED_CLIENT_SECRET,
          OAUTH2_CLIENTS.APPLICATION_TYPE,
          OAUTH2_CLIENTS.REDIRECT_URIS,
          OAUTH2_CLIENTS.GRANT_TYPES,
          OAUTH2_CLIENTS.CLIENT_NAME,
          OAUTH2_CLIENTS.CLIENT_NAME_FOLDED,
          OAUTH2_CLIENTS.LOGO_URI,
          OAUTH2_CLIENTS.CLIENT_URI,
          OAUTH2_CLIENTS.CLIENT_URI_FOLDED,
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

  private static final List<TableField<Record, ?>> COLUMNS =
      Stream.<TableField<Record, ?>>concat(Stream.of(OAUTH2_CLIENTS.ID), METADATA.stream())
          .toList();

  private static final Param<String> DIGEST = parameter(OAUTH2_CLIENTS.METADATA_DIGEST);

  static final Statement<OAuth2Client> ADD =
      new Statement<>(
          insert()
              .onConflict(OAUTH2_CLIENTS.METADATA_DIGEST)
              .doNothing()
              .returning(OAuth2Projections.CLIENT.columns()),
          OAuth2Projections.CLIENT::read);

  static final Statement<ClientRegistration> ADD_OR_FIND = addOrFind();

  static final Statement<OAuth2Client> UPSERT =
      new Statement<>(
          insert()
              .onConflict(OAUTH2_CLIENTS.ID)
              .doUpdate()
              .set(replaced())
              .returning(OAuth2Projections.CLIENT.columns()),
          OAuth2Projections.CLIENT::read);

  private OAuth2ClientWriting() {}

  /** What {@link #ADD} and {@link #ADD_OR_FIND} write. */
  static Bind[] dynamic(UUID id, OAuth2ClientParams params) {
    return new Bind[] {
      value(OAUTH2_CLIENTS.ID, id),
      value(OAUTH2_CLIENTS.METADATA_DIGEST, params.metadataDigest()),
      value(OAUTH2_CLIENTS.ENCRYPTED_CLIENT_SECRET, params.encryptedClientSecret()),
      value(OAUTH2_CLIENTS.APPLICATION_TYPE, params.applicationType().map(ApplicationType::value)),
      value(OAUTH2_CLIENTS.REDIRECT_URIS, texts(params.redirectUris(), URI::toString)),
      value(OAUTH2_CLIENTS.GRANT_TYPES, texts(params.grantTypes(), GrantType::value)),
      value(OAUTH2_CLIENTS.CLIENT_NAME, params.clientName()),
      value(OAUTH2_CLIENTS.CLIENT_NAME_FOLDED, params.clientName().map(Folding::fold)),
      value(OAUTH2_CLIENTS.LOGO_URI, params.logoUri().map(URI::toString)),
      value(OAUTH2_CLIENTS.CLIENT_URI, params.clientUri().map(URI::toString)),
      value(OAUTH2_CLIENTS.CLIENT_URI_FOLDED, folded(params.clientUri())),
      value(OAUTH2_CLIENTS.POLICY_URI, params.policyUri().map(URI::toString)),
      value(OAUTH2_CLIENTS.TOS_URI, params.tosUri().map(URI::toString)),
      value(OAUTH2_CLIENTS.JWKS_URI, remote(params.jwks())),
      value(OAUTH2_CLIENTS.JWKS, inlined(params.jwks())),
      value(
          OAUTH2_CLIENTS.ID_TOKEN_SIGNED_RESPONSE_ALG,
          params.idTokenSignedResponseAlg().map(JwsAlgorithm::name)),
      value(
          OAUTH2_CLIENTS.USERINFO_SIGNED_RESPONSE_ALG,
          params.userinfoSignedResponseAlg().map(JwsAlgorithm::name)),
      value(
          OAUTH2_CLIENTS.TOKEN_ENDPOINT_AUTH_METHOD,
          params.tokenEndpointAuthMethod().map(ClientAuthMethod::value)),
      value(
          OAUTH2_CLIENTS.TOKEN_ENDPOINT_AUTH_SIGNING_ALG,
          params.tokenEndpointAuthSigningAlg().map(JwsAlgorithm::name)),
      value(OAUTH2_CLIENTS.INITIATE_LOGIN_URI, params.initiateLoginUri().map(URI::toString)),
      value(OAUTH2_CLIENTS.IS_STATIC, false),
    };
  }

  /** What {@link #UPSERT} writes. */
  static Bind[] ofConfiguration(StaticOAuth2ClientParams params) {
    OAuth2ClientParams metadata =
        new OAuth2ClientParams(
            params.redirectUris(),
            Optional.empty(),
            params.encryptedClientSecret(),
            Optional.empty(),
            GRANT_TYPES_OF_STATIC_CLIENTS,
            params.clientName(),
            Optional.empty(),
            params.clientUri(),
            Optional.empty(),
            Optional.empty(),
            params.jwks(),
            Optional.empty(),
            Optional.empty(),
            Optional.of(params.tokenEndpointAuthMethod()),
            Optional.empty(),
            Optional.empty());
    Bind[] values = dynamic(params.id(), metadata);
    values[values.length - 1] = value(OAUTH2_CLIENTS.IS_STATIC, true);
    return values;
  }

  private static InsertValuesStepN<Record> insert() {
    return insertInto(OAUTH2_CLIENTS)
        .columns(COLUMNS)
        .values(COLUMNS.stream().map(Columns::parameter).toList());
  }

  // Somebody may commit the same metadata while the insert waits for them: then neither part has a
  // row, as the statement does not see what is newer than itself.
  private static Statement<ClientRegistration> addOrFind() {
    CommonTableExpression<?> created =
        name("created")
            .as(
                insert()
                    .onConflict(OAUTH2_CLIENTS.METADATA_DIGEST)
                    .doNothing()
                    .returning(OAuth2Projections.CLIENT.columns()));
    int isNew = OAuth2Projections.CLIENT.columns().size();
    return new Statement<>(
        with(created)
            .select(OAuth2Projections.CLIENT.ownColumns(created))
            .select(inline(true))
            .from(created)
            .unionAll(
                select(OAuth2Projections.CLIENT.columns())
                    .select(inline(false))
                    .from(OAUTH2_CLIENTS)
                    .where(OAUTH2_CLIENTS.METADATA_DIGEST.eq(DIGEST))
                    .and(not(OAUTH2_CLIENTS.IS_STATIC))),
        row ->
            row.get(isNew, Boolean.class)
                ? new ClientRegistration.Created(OAuth2Projections.CLIENT.read(row))
                : new ClientRegistration.Reused(OAuth2Projections.CLIENT.read(row)));
  }

  private static Map<Field<?>, Field<?>> replaced() {
    return METADATA.stream().collect(Collectors.toMap(Function.identity(), c -> excluded(c)));
  }

  private static Optional<String> folded(Optional<URI> uri) {
    return uri.map(URI::toString).map(Folding::fold);
  }

  private static Optional<String> inlined(Optional<JwksSource> jwks) {
    return jwks.isPresent() && jwks.get() instanceof JwksSource.Inline inline
        ? Optional.of(inline.jwks().text())
        : Optional.empty();
  }

  private static Optional<String> remote(Optional<JwksSource> jwks) {
    return jwks.isPresent() && jwks.get() instanceof JwksSource.Remote remote
        ? Optional.of(remote.jwksUri().toString())
        : Optional.empty();
  }
}
