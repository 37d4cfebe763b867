package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.internal.Bind.bind;
import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_SESSIONS;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.trueCondition;

import dev.authstore.model.Texts;
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
import org.jooq.CommonTableExpression;
import org.jooq.Field;
import org.jooq.Table;
import org.jooq.WithStep;

/**
 * The parts of a statement that begin a session and store its tokens: one session for the row that
 * an earlier part of the statement has, and nothing if it has none.
 */
final class SessionStart {
  private final CommonTableExpression<?> session;
  private final CommonTableExpression<?> accessToken;
  private final CommonTableExpression<?> refreshToken;
  private final List<Field<?>> columns;

  private SessionStart(Table<?> origin) {
    session = session(origin);
    accessToken = IssuedTokens.accessToken(session);
    refreshToken = IssuedTokens.refreshToken(accessToken);
    columns = new ArrayList<>(OAuth2Projections.SESSION.ownColumns(session));
    columns.addAll(OAuth2Projections.ACCESS_TOKEN.ownColumns(accessToken));
    columns.addAll(OAuth2Projections.REFRESH_TOKEN.ownColumns(refreshToken));
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
    values.add(bind(OAuth2SessionCreation.SESSION_ID, work.newId(now)));
    values.add(bind(OAuth2SessionCreation.USER_AGENT, userAgent.map(Texts::advisory).orElse(null)));
    values.addAll(IssuedTokens.values(work, now, tokens));
    return values.toArray(Bind[]::new);
  }

  private static CommonTableExpression<?> session(Table<?> origin) {
    return OAuth2SessionCreation.session(
        select(
                OAuth2SessionCreation.SESSION_ID,
                columnOf(origin, OAUTH2_SESSIONS.CLIENT_ID),
                columnOf(origin, OAUTH2_SESSIONS.USER_ID),
                columnOf(origin, OAUTH2_SESSIONS.BROWSER_SESSION_ID),
                columnOf(origin, OAUTH2_SESSIONS.SCOPE),
                OAuth2SessionCreation.USER_AGENT,
                IssuedTokens.NOW)
            .from(origin));
  }
}
