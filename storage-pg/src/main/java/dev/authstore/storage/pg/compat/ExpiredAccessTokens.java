package dev.authstore.storage.pg.compat;

import static dev.authstore.storage.pg.internal.Bind.bind;
import static dev.authstore.storage.pg.internal.Conditions.notExists;
import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static dev.authstore.storage.pg.schema.Tables.COMPAT_ACCESS_TOKENS;
import static dev.authstore.storage.pg.schema.Tables.COMPAT_REFRESH_TOKENS;
import static org.jooq.impl.DSL.count;
import static org.jooq.impl.DSL.deleteFrom;
import static org.jooq.impl.DSL.max;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectOne;
import static org.jooq.impl.DSL.with;

import dev.authstore.storage.Inputs;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.pg.internal.Conditions;
import dev.authstore.storage.pg.internal.Sql;
import dev.authstore.storage.pg.internal.Statement;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Param;
import org.jooq.impl.SQLDataType;

/**
 * The deletion of expired access tokens that no refresh token names.
 *
 * <p>A refresh token may come to name one while this looks. So the tokens are locked first, and
 * what is then still unnamed can never be named again: only that is deleted.
 */
final class ExpiredAccessTokens {
  private static final Param<Instant> SINCE = param("since", COMPAT_ACCESS_TOKENS.EXPIRES_AT);
  private static final Param<Instant> UNTIL = param("until", COMPAT_ACCESS_TOKENS.EXPIRES_AT);
  private static final Param<Integer> LIMIT = param("limit", SQLDataType.INTEGER);
  private static final Param<UUID[]> IDS = param("ids", SQLDataType.UUID.getArrayDataType());
  private static final Instant BEGINNING = Instant.parse("0001-01-01T00:00:00Z");

  private static final Condition IS_LOCKED = Conditions.among(COMPAT_ACCESS_TOKENS.ID, IDS);

  private static final Condition IS_UNNAMED =
      notExists(
          selectOne()
              .from(COMPAT_REFRESH_TOKENS)
              .where(COMPAT_REFRESH_TOKENS.ACCESS_TOKEN_ID.eq(COMPAT_ACCESS_TOKENS.ID)));

  private static final Statement<UUID> LOCK =
      new Statement<>(
          select(COMPAT_ACCESS_TOKENS.ID)
              .from(COMPAT_ACCESS_TOKENS)
              .where(COMPAT_ACCESS_TOKENS.EXPIRES_AT.ge(SINCE))
              .and(COMPAT_ACCESS_TOKENS.EXPIRES_AT.lt(UNTIL))
              .and(IS_UNNAMED)
              .orderBy(COMPAT_ACCESS_TOKENS.EXPIRES_AT, COMPAT_ACCESS_TOKENS.ID)
              .limit(LIMIT)
              .forUpdate()
              .skipLocked(),
          row -> row.get(0, UUID.class));

  private static final Statement<CleanupResult<Instant>> DELETE = deleting();

  private ExpiredAccessTokens() {}

  static CleanupResult<Instant> delete(
      Sql sql, Optional<Instant> since, Instant until, int limit, Instant now) {
    Inputs.range("limit", limit, 1, Integer.MAX_VALUE);
    Instant end = Inputs.past("until", until, now);
    Instant start = since.map(instant -> Inputs.instant("since", instant)).orElse(BEGINNING);
    List<UUID> locked = sql.list(LOCK, bind(SINCE, start), bind(UNTIL, end), bind(LIMIT, limit));
    return locked.isEmpty()
        ? new CleanupResult<>(0, Optional.empty())
        : sql.get(DELETE, bind(IDS, locked.toArray(UUID[]::new)));
  }

  private static Statement<CleanupResult<Instant>> deleting() {
    CommonTableExpression<?> doomed =
        name("doomed")
            .as(
                select(COMPAT_ACCESS_TOKENS.ID)
                    .from(COMPAT_ACCESS_TOKENS)
                    .where(IS_LOCKED)
                    .and(IS_UNNAMED));
    CommonTableExpression<?> gone =
        name("gone")
            .as(
                deleteFrom(COMPAT_ACCESS_TOKENS)
                    .where(Conditions.among(COMPAT_ACCESS_TOKENS.ID, doomed))
                    .returning(COMPAT_ACCESS_TOKENS.EXPIRES_AT));
    return new Statement<>(
        with(doomed)
            .with(gone)
            .select(count(), max(columnOf(gone, COMPAT_ACCESS_TOKENS.EXPIRES_AT)))
            .from(gone),
        row -> new CleanupResult<>(row.get(0, Integer.class), row.find(1, Instant.class)));
  }
}
