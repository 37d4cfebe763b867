package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.internal.Bind.bind;
import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_ACCESS_TOKENS;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_REFRESH_TOKENS;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_SESSIONS;
import static org.jooq.impl.DSL.insertInto;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.trueCondition;

import dev.authstore.model.Texts;
import dev.authstore.model.TokenDigest;
import dev.authstore.model.oauth2.OAuth2AccessToken;
import dev.authstore.model.oauth2.OAuth2RefreshToken;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.storage.oauth2.NewTokens;
import dev.authstore.storage.pg.internal.Bind;
import dev.authstore.storage.pg.internal.UnitOfWork;
import dev.authstore.storage.pg.internal.Values;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Field;
import org.jooq.Param;
import org.jooq.Table;
import org.jooq.WithStep;

/**
 * The parts of a statement that begin a session and store its tokens: one session for the row that
 * an earlier part of the statement has, and nothing if it has none. Tokens are inserted plainly: to
 * pass over one that exists would leave a session without it.
 */
final class SessionStart {
  static final Param<Instant> NOW = param("now", OAUTH2_SESSIONS.CREATED_AT);

  private static final Param<UUID> SESSION_ID = param("session_id", OAUTH2_SESSIONS.ID);
  private static final Param<String> USER_AGENT = param("user_agent", OAUTH2_SESSIONS.USER_AGENT);
  private static final Param<UUID> ACCESS_TOKEN_ID =
      param("access_token_id", OAUTH2_ACCESS_TOKENS.ID);
  private static final Param<TokenDigest> ACCESS_TOKEN =
      param("access_token", OAUTH2_ACCESS_TOKENS.TOKEN_DIGEST);
  private static final Param<Instant> EXPIRES_AT =
      param("access_token_expires_at", OAUTH2_ACCESS_TOKENS.EXPIRES_AT);
  private static final Param<UUID> REFRESH_TOKEN_ID =
      param("refresh_token_id", OAUTH2_REFRESH_TOKENS.ID);
  private static final Param<TokenDigest> REFRESH_TOKEN =
      param("refresh_token", OAUTH2_REFRESH_TOKENS.TOKEN_DIGEST);

  private final CommonTableExpression<?> session;
  private final CommonTableExpression<?> accessToken;
  private final CommonTableExpression<?> refreshToken;

  private SessionStart(Table<?> origin) {
    session = session(origin);
    accessToken = accessToken(session);
    refreshToken = refreshToken(accessToken);
  }

  /**
   * What was stored.
   *
   * @param refreshToken if one was given
   */
  record Started(
      OAuth2Session session,
      OAuth2AccessToken accessToken,
      Optional<OAuth2RefreshToken> refreshToken) {}

  /**
   * Begins a session from a row whose columns are called as those of the session: client, user,
   * browser session and scope. The rows it refers to must be locked.
   */
  static SessionStart from(Table<?> origin) {
    return new SessionStart(origin);
  }

  /** The session alone, for what refers to it. */
  Table<?> session() {
    return session;
  }

  /** The parts, behind those before them. */
  WithStep behind(WithStep parts) {
    return parts.with(session, accessToken, refreshToken);
  }

  /** What to select, for {@link #read}. */
  List<Field<?>> columns() {
    List<Field<?>> columns = new ArrayList<>(OAuth2Projections.SESSION.ownColumns(session));
    columns.addAll(OAuth2Projections.ACCESS_TOKEN.ownColumns(accessToken));
    columns.addAll(OAuth2Projections.REFRESH_TOKEN.ownColumns(refreshToken));
    return columns;
  }

  /** A table, and beside each row what was stored, if it was. */
  Table<?> joinedTo(Table<?> table) {
    return table
        .leftJoin(session)
        .on(trueCondition())
        .leftJoin(accessToken)
        .on(trueCondition())
        .leftJoin(refreshToken)
        .on(trueCondition());
  }

  /** What was stored, from a row that has the columns from a position on. */
  static Started read(Values row, int offset) {
    int accessToken = offset + OAuth2Projections.SESSION.columns().size();
    int refreshToken = accessToken + OAuth2Projections.ACCESS_TOKEN.columns().size();
    return new Started(
        OAuth2Projections.SESSION.read(row, offset),
        OAuth2Projections.ACCESS_TOKEN.read(row, accessToken),
        OAuth2Projections.REFRESH_TOKEN.optional(row, refreshToken));
  }

  /** The values of these parts, with others of the statement. */
  static Bind[] values(
      UnitOfWork work, Instant now, NewTokens tokens, Optional<String> userAgent, Bind... others) {
    List<Bind> values = new ArrayList<>(List.of(others));
    values.add(bind(NOW, now));
    values.add(bind(SESSION_ID, work.newId(now)));
    values.add(bind(USER_AGENT, userAgent.map(Texts::advisory).orElse(null)));
    values.add(bind(ACCESS_TOKEN_ID, work.newId(now)));
    values.add(bind(ACCESS_TOKEN, TokenDigest.of(tokens.accessToken())));
    values.add(bind(EXPIRES_AT, tokens.accessTokenTtl().map(now::plus).orElse(null)));
    values.add(bind(REFRESH_TOKEN_ID, work.newId(now)));
    values.add(bind(REFRESH_TOKEN, tokens.refreshToken().map(TokenDigest::of).orElse(null)));
    return values.toArray(Bind[]::new);
  }

  private static CommonTableExpression<?> session(Table<?> origin) {
    return name("session")
        .as(
            insertInto(
                    OAUTH2_SESSIONS,
                    OAUTH2_SESSIONS.ID,
                    OAUTH2_SESSIONS.CLIENT_ID,
                    OAUTH2_SESSIONS.USER_ID,
                    OAUTH2_SESSIONS.BROWSER_SESSION_ID,
                    OAUTH2_SESSIONS.SCOPE,
                    OAUTH2_SESSIONS.CREATED_AT,
                    OAUTH2_SESSIONS.USER_AGENT)
                .select(
                    select(
                            SESSION_ID,
                            columnOf(origin, OAUTH2_SESSIONS.CLIENT_ID),
                            columnOf(origin, OAUTH2_SESSIONS.USER_ID),
                            columnOf(origin, OAUTH2_SESSIONS.BROWSER_SESSION_ID),
                            columnOf(origin, OAUTH2_SESSIONS.SCOPE),
                            NOW,
                            USER_AGENT)
                        .from(origin))
                .returning(OAuth2Projections.SESSION.columns()));
  }

  private static CommonTableExpression<?> accessToken(Table<?> session) {
    return name("access_token")
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
                            ACCESS_TOKEN,
                            NOW,
                            EXPIRES_AT)
                        .from(session))
                .returning(OAuth2Projections.ACCESS_TOKEN.columns()));
  }

  private static CommonTableExpression<?> refreshToken(Table<?> accessToken) {
    return name("refresh_token")
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
                            REFRESH_TOKEN,
                            NOW)
                        .from(accessToken)
                        .where(REFRESH_TOKEN.cast(OAUTH2_REFRESH_TOKENS.TOKEN_DIGEST).isNotNull()))
                .returning(OAuth2Projections.REFRESH_TOKEN.columns()));
  }
}
