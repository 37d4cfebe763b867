package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.internal.Bind.bind;
import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_ACCESS_TOKENS;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_REFRESH_TOKENS;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_SESSIONS;
import static org.jooq.impl.DSL.condition;
import static org.jooq.impl.DSL.insertInto;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;

import dev.authstore.model.TokenDigest;
import dev.authstore.storage.oauth2.NewTokens;
import dev.authstore.storage.pg.internal.Bind;
import dev.authstore.storage.pg.internal.UnitOfWork;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Param;
import org.jooq.Table;
import org.jooq.impl.SQLDataType;

/**
 * The tokens that a flow issues, as parts of its statement. They are inserted plainly: that one is
 * taken must fail the flow, or its code or token would be spent for nothing.
 */
final class IssuedTokens {
  static final Param<Instant> NOW = param("now", OAUTH2_ACCESS_TOKENS.CREATED_AT);

  private static final Param<UUID> ACCESS_TOKEN_ID =
      param("new_access_token_id", OAUTH2_ACCESS_TOKENS.ID);
  private static final Param<TokenDigest> ACCESS_TOKEN_DIGEST =
      param("new_access_token_digest", OAUTH2_ACCESS_TOKENS.TOKEN_DIGEST);
  private static final Param<Instant> EXPIRES_AT =
      param("new_access_token_expires_at", OAUTH2_ACCESS_TOKENS.EXPIRES_AT);
  private static final Param<Boolean> HAS_REFRESH_TOKEN =
      param("has_new_refresh_token", SQLDataType.BOOLEAN);
  private static final Param<UUID> REFRESH_TOKEN_ID =
      param("new_refresh_token_id", OAUTH2_REFRESH_TOKENS.ID);
  private static final Param<TokenDigest> REFRESH_TOKEN_DIGEST =
      param("new_refresh_token_digest", OAUTH2_REFRESH_TOKENS.TOKEN_DIGEST);

  private IssuedTokens() {}

  /**
   * The access token.
   *
   * @param session a part with the id of the session, or without a row if none is to be issued
   */
  static CommonTableExpression<?> accessToken(Table<?> session) {
    return name("new_access_token")
        .as(
            insertInto(
                    OAUTH2_ACCESS_TOKENS,
                    OAUTH2_ACCESS_TOKENS.ID,
                    OAUTH2_ACCESS_TOKENS.SESSION_ID,
                    OAUTH2_ACCESS_TOKENS.TOKEN_DIGEST,
                    OAUTH2_ACCESS_TOKENS.CREATED_AT,
                    OAUTH2_ACCESS_TOKENS.EXPIRES_AT)
                .select(
                    select(
                            ACCESS_TOKEN_ID,
                            columnOf(session, OAUTH2_SESSIONS.ID),
                            ACCESS_TOKEN_DIGEST,
                            NOW,
                            EXPIRES_AT)
                        .from(session))
                .returning(OAuth2Projections.ACCESS_TOKEN.columns()));
  }

  /** The refresh token, if there is one, together with the access token of that part. */
  static CommonTableExpression<?> refreshToken(Table<?> accessToken) {
    return name("new_refresh_token")
        .as(
            insertInto(
                    OAUTH2_REFRESH_TOKENS,
                    OAUTH2_REFRESH_TOKENS.ID,
                    OAUTH2_REFRESH_TOKENS.SESSION_ID,
                    OAUTH2_REFRESH_TOKENS.ACCESS_TOKEN_ID,
                    OAUTH2_REFRESH_TOKENS.TOKEN_DIGEST,
                    OAUTH2_REFRESH_TOKENS.CREATED_AT)
                .select(
                    select(
                            REFRESH_TOKEN_ID,
                            columnOf(accessToken, OAUTH2_ACCESS_TOKENS.SESSION_ID),
                            columnOf(accessToken, OAUTH2_ACCESS_TOKENS.ID),
                            REFRESH_TOKEN_DIGEST,
                            NOW)
                        .from(accessToken)
                        .where(condition(HAS_REFRESH_TOKEN)))
                .returning(OAuth2Projections.REFRESH_TOKEN.columns()));
  }

  /** What the parts are given, {@link #NOW} included. */
  static List<Bind> values(UnitOfWork work, Instant now, NewTokens tokens) {
    return List.of(
        bind(NOW, now),
        bind(ACCESS_TOKEN_ID, work.newId(now)),
        bind(ACCESS_TOKEN_DIGEST, TokenDigest.of(tokens.accessToken())),
        bind(EXPIRES_AT, tokens.accessTokenTtl().map(now::plus).orElse(null)),
        bind(HAS_REFRESH_TOKEN, tokens.refreshToken().isPresent()),
        bind(REFRESH_TOKEN_ID, work.newId(now)),
        bind(REFRESH_TOKEN_DIGEST, tokens.refreshToken().map(TokenDigest::of).orElse(null)));
  }
}
