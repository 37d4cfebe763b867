package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.oauth2.Columns.parameter;
import static dev.authstore.storage.pg.oauth2.Columns.texts;
import static dev.authstore.storage.pg.oauth2.Columns.value;
import static dev.authstore.storage.pg.oauth2.OAuth2Projections.AUTHORIZATION_GRANT;
import static dev.authstore.storage.pg.oauth2.Reasons.because;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_AUTHORIZATION_GRANTS;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_CLIENTS;
import static org.jooq.impl.DSL.insertInto;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.update;

import dev.authstore.model.Json;
import dev.authstore.model.Pkce;
import dev.authstore.model.ScopeToken;
import dev.authstore.model.TokenDigest;
import dev.authstore.model.oauth2.CodeRequest;
import dev.authstore.model.oauth2.OAuth2AuthorizationGrant;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.oauth2.AuthorizationGrantParams;
import dev.authstore.storage.pg.internal.Bind;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.oauth2.GrantChanges.Verdict;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Param;
import org.jooq.Record;
import org.jooq.TableField;

/** The statements that write an authorization request, but for the exchange of its code. */
final class AuthorizationGrantStatements {
  static final Param<Instant> NOW = param("now", OAUTH2_AUTHORIZATION_GRANTS.CREATED_AT);
  static final Param<TokenDigest> CODE = param("code", OAUTH2_AUTHORIZATION_GRANTS.CODE_DIGEST);

  /** When requests were made that have just become too old to be approved. */
  static final Param<Instant> EXPIRED_SINCE =
      param("expired_since", OAUTH2_AUTHORIZATION_GRANTS.CREATED_AT);

  private static final List<TableField<Record, ?>> COLUMNS =
      List.of(
          OAUTH2_AUTHORIZATION_GRANTS.ID,
          OAUTH2_AUTHORIZATION_GRANTS.CLIENT_ID,
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
          OAUTH2_AUTHORIZATION_GRANTS.CREATED_AT);

  /** No row: no such client. */
  static final Statement<OAuth2AuthorizationGrant> ADD =
      new Statement<>(
          insertInto(OAUTH2_AUTHORIZATION_GRANTS)
              .columns(COLUMNS)
              .select(
                  select(COLUMNS.stream().map(Columns::parameter).toList())
                      .from(OAUTH2_CLIENTS)
                      .where(OAUTH2_CLIENTS.ID.eq(parameter(OAUTH2_AUTHORIZATION_GRANTS.CLIENT_ID)))
                      .forKeyShare())
              .returning(AUTHORIZATION_GRANT.columns()),
          AUTHORIZATION_GRANT::read);

  static final GrantChanges<OAuth2AuthorizationGrant> CHANGES =
      new GrantChanges<>(AUTHORIZATION_GRANT);

  private static final Reasons.Reason IS_CANCELLED =
      because(StateReason.CANCELLED, OAUTH2_AUTHORIZATION_GRANTS.CANCELLED_AT.isNotNull());
  private static final Reasons.Reason IS_EXCHANGED =
      because(StateReason.ALREADY_EXCHANGED, OAUTH2_AUTHORIZATION_GRANTS.EXCHANGED_AT.isNotNull());
  private static final Reasons.Reason IS_FULFILLED =
      because(StateReason.ALREADY_FULFILLED, OAUTH2_AUTHORIZATION_GRANTS.FULFILLED_AT.isNotNull());
  private static final Reasons.Reason IS_NOT_FULFILLED =
      because(StateReason.NOT_FULFILLED, OAUTH2_AUTHORIZATION_GRANTS.FULFILLED_AT.isNull());
  private static final Reasons.Reason IS_TOO_OLD =
      because(StateReason.EXPIRED, OAUTH2_AUTHORIZATION_GRANTS.CREATED_AT.le(EXPIRED_SINCE));

  static final Statement<Verdict<OAuth2AuthorizationGrant>> FULFILL =
      CHANGES.inBrowserSession(
          Reasons.firstOf(IS_CANCELLED, IS_EXCHANGED, IS_FULFILLED, IS_TOO_OLD),
          update(OAUTH2_AUTHORIZATION_GRANTS)
              .set(OAUTH2_AUTHORIZATION_GRANTS.FULFILLED_AT, NOW)
              .set(OAUTH2_AUTHORIZATION_GRANTS.BROWSER_SESSION_ID, GrantChanges.OTHER_ID)
              .set(OAUTH2_AUTHORIZATION_GRANTS.CODE_DIGEST, CODE));

  static final Statement<Verdict<OAuth2AuthorizationGrant>> CANCEL =
      CHANGES.alone(
          Reasons.firstOf(IS_CANCELLED, IS_EXCHANGED, IS_FULFILLED),
          update(OAUTH2_AUTHORIZATION_GRANTS).set(OAUTH2_AUTHORIZATION_GRANTS.CANCELLED_AT, NOW));

  static final Statement<Verdict<OAuth2AuthorizationGrant>> EXCHANGE =
      CHANGES.forSession(
          Reasons.firstOf(IS_CANCELLED, IS_EXCHANGED, IS_NOT_FULFILLED),
          update(OAUTH2_AUTHORIZATION_GRANTS)
              .set(OAUTH2_AUTHORIZATION_GRANTS.EXCHANGED_AT, NOW)
              .set(OAUTH2_AUTHORIZATION_GRANTS.SESSION_ID, GrantChanges.OTHER_ID));

  private AuthorizationGrantStatements() {}

  /** What {@link #ADD} writes. */
  static Bind[] values(UUID id, UUID clientId, AuthorizationGrantParams params, Instant now) {
    Optional<Pkce> pkce = params.code().flatMap(CodeRequest::pkce);
    return new Bind[] {
      value(OAUTH2_AUTHORIZATION_GRANTS.ID, id),
      value(OAUTH2_AUTHORIZATION_GRANTS.CLIENT_ID, clientId),
      value(OAUTH2_AUTHORIZATION_GRANTS.REDIRECT_URI, params.redirectUri().toString()),
      value(OAUTH2_AUTHORIZATION_GRANTS.SCOPE, texts(params.scope().tokens(), ScopeToken::value)),
      value(OAUTH2_AUTHORIZATION_GRANTS.RESPONSE_TYPE_CODE, params.code().isPresent()),
      value(OAUTH2_AUTHORIZATION_GRANTS.RESPONSE_TYPE_ID_TOKEN, params.responseTypeIdToken()),
      value(OAUTH2_AUTHORIZATION_GRANTS.RESPONSE_MODE, params.responseMode()),
      value(OAUTH2_AUTHORIZATION_GRANTS.CODE_CHALLENGE, pkce.map(Pkce::challenge)),
      value(OAUTH2_AUTHORIZATION_GRANTS.CODE_CHALLENGE_METHOD, pkce.map(p -> p.method().value())),
      value(OAUTH2_AUTHORIZATION_GRANTS.STATE, params.state()),
      value(OAUTH2_AUTHORIZATION_GRANTS.NONCE, params.nonce()),
      value(OAUTH2_AUTHORIZATION_GRANTS.LOGIN_HINT, params.loginHint()),
      value(OAUTH2_AUTHORIZATION_GRANTS.LOCALE, params.locale()),
      value(
          OAUTH2_AUTHORIZATION_GRANTS.RAW_PARAMETERS,
          Json.ofStrings(params.rawParameters()).text()),
      value(OAUTH2_AUTHORIZATION_GRANTS.CREATED_AT, now),
    };
  }
}
