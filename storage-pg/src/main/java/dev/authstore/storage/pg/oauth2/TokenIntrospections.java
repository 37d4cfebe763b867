package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_ACCESS_TOKENS;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_CLIENTS;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_REFRESH_TOKENS;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.USERS;
import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.trueCondition;
import static org.jooq.impl.DSL.update;
import static org.jooq.impl.DSL.with;

import dev.authstore.model.TokenDigest;
import dev.authstore.model.oauth2.OAuth2AccessToken;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2RefreshToken;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.user.User;
import dev.authstore.storage.oauth2.Introspection;
import dev.authstore.storage.oauth2.RefreshIntrospection;
import dev.authstore.storage.pg.internal.Projection;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.internal.Values;
import dev.authstore.storage.pg.user.UserGroup;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Param;
import org.jooq.Table;
import org.jooq.TableField;

/**
 * How a token is read with everything that its worth depends on, and what it is worth then. The
 * statements only read, so the verdict is the caller's; the one that marks the first use repeats
 * the conditions, since it must not mark what is not active.
 */
final class TokenIntrospections {
  static final Param<TokenDigest> DIGEST = param("digest", OAUTH2_ACCESS_TOKENS.TOKEN_DIGEST);
  static final Param<Instant> NOW = param("now", OAUTH2_ACCESS_TOKENS.FIRST_USED_AT);

  static final Statement<Found<OAuth2AccessToken>> ACCESS_TOKEN =
      reading(
          OAuth2Projections.ACCESS_TOKEN,
          OAUTH2_ACCESS_TOKENS.SESSION_ID,
          OAUTH2_ACCESS_TOKENS.TOKEN_DIGEST.eq(DIGEST));

  static final Statement<Found<OAuth2AccessToken>> ACCESS_TOKEN_WITH_FIRST_USE = markingFirstUse();

  static final Statement<Found<OAuth2RefreshToken>> REFRESH_TOKEN =
      reading(
          OAuth2Projections.REFRESH_TOKEN,
          OAUTH2_REFRESH_TOKENS.SESSION_ID,
          OAUTH2_REFRESH_TOKENS.TOKEN_DIGEST.eq(DIGEST));

  private TokenIntrospections() {}

  /** A token and whose it is. */
  record Found<T>(T token, OAuth2Session session, OAuth2Client client, Optional<User> user) {
    private boolean hasInvalidUser() {
      return user.isPresent() && !user.get().isValid();
    }
  }

  /** What an access token is worth, if there is one. */
  static Introspection worth(Optional<Found<OAuth2AccessToken>> access, Instant now) {
    if (access.isEmpty()) {
      return new Introspection.Inactive(Introspection.Reason.UNKNOWN);
    }
    Found<OAuth2AccessToken> found = access.get();
    if (found.token().isRevoked()) {
      return new Introspection.Inactive(Introspection.Reason.REVOKED);
    }
    if (found.token().isExpired(now)) {
      return new Introspection.Inactive(Introspection.Reason.EXPIRED);
    }
    if (found.session().isFinished()) {
      return new Introspection.Inactive(Introspection.Reason.SESSION_FINISHED);
    }
    return found.hasInvalidUser()
        ? new Introspection.Inactive(Introspection.Reason.USER_INVALID)
        : new Introspection.Active(found.token(), found.session(), found.client(), found.user());
  }

  /** What a refresh token is worth, if there is one. */
  static RefreshIntrospection worth(Optional<Found<OAuth2RefreshToken>> refresh) {
    if (refresh.isEmpty()) {
      return new RefreshIntrospection.Inactive(RefreshIntrospection.Reason.UNKNOWN);
    }
    Found<OAuth2RefreshToken> found = refresh.get();
    if (found.token().isRevoked()) {
      return new RefreshIntrospection.Inactive(RefreshIntrospection.Reason.REVOKED);
    }
    if (found.token().isConsumed()) {
      return new RefreshIntrospection.Inactive(RefreshIntrospection.Reason.CONSUMED);
    }
    if (found.session().isFinished()) {
      return new RefreshIntrospection.Inactive(RefreshIntrospection.Reason.SESSION_FINISHED);
    }
    return found.hasInvalidUser()
        ? new RefreshIntrospection.Inactive(RefreshIntrospection.Reason.USER_INVALID)
        : new RefreshIntrospection.Active(
            found.token(), found.session(), found.client(), found.user());
  }

  private static <T> Statement<Found<T>> reading(
      Projection<T> token, TableField<?, UUID> sessionId, Condition isMeant) {
    return new Statement<>(
        select(token.columns())
            .select(owners())
            .from(withOwners(token.table(), sessionId))
            .where(isMeant),
        reader(token));
  }

  // If it reads as active and unused and is not marked, another was faster: the caller looks again.
  private static Statement<Found<OAuth2AccessToken>> markingFirstUse() {
    Condition isMeant = OAUTH2_ACCESS_TOKENS.TOKEN_DIGEST.eq(DIGEST);
    CommonTableExpression<?> marked =
        name("marked")
            .as(
                update(OAUTH2_ACCESS_TOKENS)
                    .set(OAUTH2_ACCESS_TOKENS.FIRST_USED_AT, NOW)
                    .from(OAUTH2_SESSIONS.leftJoin(USERS).on(USERS.ID.eq(OAUTH2_SESSIONS.USER_ID)))
                    .where(isMeant)
                    .and(OAUTH2_SESSIONS.ID.eq(OAUTH2_ACCESS_TOKENS.SESSION_ID))
                    .and(OAUTH2_ACCESS_TOKENS.FIRST_USED_AT.isNull())
                    .and(OAUTH2_ACCESS_TOKENS.REVOKED_AT.isNull())
                    .and(isUnexpired(NOW))
                    .and(OAUTH2_SESSIONS.FINISHED_AT.isNull())
                    .and(USERS.LOCKED_AT.isNull())
                    .and(USERS.DEACTIVATED_AT.isNull())
                    .returning(OAUTH2_ACCESS_TOKENS.FIRST_USED_AT));
    List<Field<?>> token = new ArrayList<>(OAuth2Projections.ACCESS_TOKEN.columns());
    token.set(
        token.indexOf(OAUTH2_ACCESS_TOKENS.FIRST_USED_AT),
        coalesce(
            OAUTH2_ACCESS_TOKENS.FIRST_USED_AT,
            columnOf(marked, OAUTH2_ACCESS_TOKENS.FIRST_USED_AT)));
    return new Statement<>(
        with(marked)
            .select(token)
            .select(owners())
            .from(
                withOwners(OAUTH2_ACCESS_TOKENS, OAUTH2_ACCESS_TOKENS.SESSION_ID)
                    .leftJoin(marked)
                    .on(trueCondition()))
            .where(isMeant),
        reader(OAuth2Projections.ACCESS_TOKEN));
  }

  /** Whether an access token has not expired. */
  static Condition isUnexpired(Field<Instant> now) {
    return OAUTH2_ACCESS_TOKENS.EXPIRES_AT.isNull().or(OAUTH2_ACCESS_TOKENS.EXPIRES_AT.gt(now));
  }

  private static Table<?> withOwners(Table<?> tokens, TableField<?, UUID> sessionId) {
    return tokens
        .join(OAUTH2_SESSIONS)
        .on(OAUTH2_SESSIONS.ID.eq(sessionId))
        .join(OAUTH2_CLIENTS)
        .on(OAUTH2_CLIENTS.ID.eq(OAUTH2_SESSIONS.CLIENT_ID))
        .leftJoin(USERS)
        .on(USERS.ID.eq(OAUTH2_SESSIONS.USER_ID));
  }

  private static List<Field<?>> owners() {
    List<Field<?>> columns = new ArrayList<>(OAuth2Projections.SESSION.columns());
    columns.addAll(OAuth2Projections.CLIENT.columns());
    columns.addAll(UserGroup.user().columns());
    return columns;
  }

  private static <T> Function<Values, Found<T>> reader(Projection<T> token) {
    int session = token.columns().size();
    int client = session + OAuth2Projections.SESSION.columns().size();
    int user = client + OAuth2Projections.CLIENT.columns().size();
    return row ->
        new Found<>(
            token.read(row),
            OAuth2Projections.SESSION.read(row, session),
            OAuth2Projections.CLIENT.read(row, client),
            UserGroup.user().optional(row, user));
  }
}
