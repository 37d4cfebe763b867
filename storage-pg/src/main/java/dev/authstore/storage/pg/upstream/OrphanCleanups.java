package dev.authstore.storage.pg.upstream;

import static dev.authstore.storage.pg.internal.Bind.bind;
import static dev.authstore.storage.pg.schema.Tables.UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.UPSTREAM_OAUTH_LINKS;
import static dev.authstore.storage.pg.schema.Tables.USER_REGISTRATIONS;
import static org.jooq.impl.DSL.deleteFrom;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.not;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectCount;
import static org.jooq.impl.DSL.with;

import dev.authstore.model.Ids;
import dev.authstore.storage.Inputs;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.pg.internal.Conditions;
import dev.authstore.storage.pg.internal.Projection;
import dev.authstore.storage.pg.internal.Sql;
import dev.authstore.storage.pg.internal.Statement;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Param;
import org.jooq.TableField;
import org.jooq.impl.SQLDataType;

/**
 * Deletes what nobody came back for. Whether a row is wanted is also told by other tables, and that
 * may change between looking there and locking the row. So the rows are locked first, which keeps
 * others from attaching anything to them, and judged once more by a statement that begins after
 * that.
 */
final class OrphanCleanups {
  private static final Param<UUID> SINCE = param("since", SQLDataType.UUID);
  private static final Param<UUID> UNTIL = param("until", SQLDataType.UUID);
  private static final Param<Integer> LIMIT = param("limit", SQLDataType.INTEGER);
  private static final Param<UUID[]> LINKS = param("links", SQLDataType.UUID.getArrayDataType());
  private static final Param<UUID[]> SESSIONS =
      param("sessions", SQLDataType.UUID.getArrayDataType());
  private static final UUID BEGINNING = new UUID(0, 0);

  private static final Condition HAS_NO_BROWSER_SESSION =
      UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.BROWSER_SESSION_ID.isNull();

  // Counted, as are the sessions of a link: of an exists the planner makes a join, and that reads
  // the other table as a whole for a batch of a thousand.
  private static final Condition SIGNS_SOMEBODY_UP =
      selectCount()
          .from(USER_REGISTRATIONS)
          .where(
              USER_REGISTRATIONS.UPSTREAM_SESSION_ID.eq(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID))
          .and(USER_REGISTRATIONS.COMPLETED_AT.isNull())
          .asField()
          .gt(0);

  private static final Condition IS_LOCKED_SESSION =
      Conditions.among(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID, SESSIONS);

  private static final Statement<UUID> LOCK_SESSIONS =
      locking(
          UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID,
          HAS_NO_BROWSER_SESSION.and(not(SIGNS_SOMEBODY_UP)));

  private static final Statement<UUID> DELETE_SESSIONS =
      new Statement<>(
          deleteFrom(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS)
              .where(IS_LOCKED_SESSION)
              .and(not(SIGNS_SOMEBODY_UP))
              .returning(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID),
          row -> row.get(0, UUID.class));

  private static final Statement<UUID> LOCK_LINKS =
      locking(
          UPSTREAM_OAUTH_LINKS.ID,
          UPSTREAM_OAUTH_LINKS
              .USER_ID
              .isNull()
              .and(
                  hasNoSessionThat(
                      UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID.gt(UNTIL).or(SIGNS_SOMEBODY_UP))));

  private static final Statement<UUID> LOCK_SESSIONS_OF_LINKS =
      new Statement<>(
          select(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID)
              .from(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS)
              .where(Conditions.among(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.LINK_ID, LINKS))
              .and(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.LINK_ID.isNotNull()) // for the index
              .orderBy(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID)
              .forUpdate()
              .skipLocked(),
          row -> row.get(0, UUID.class));

  private static final Statement<UUID> DELETE_LINKS = deleteLinks();

  private OrphanCleanups() {}

  /** Sessions that belong to no browser session. */
  static CleanupResult<UUID> sessions(
      Sql sql, Optional<UUID> since, UUID until, int limit, Instant now) {
    List<UUID> locked = locked(sql, LOCK_SESSIONS, since, until, limit, now);
    return locked.isEmpty()
        ? result(locked)
        : result(sql.list(DELETE_SESSIONS, bind(SESSIONS, array(locked))));
  }

  /** Links that belong to no account, with the sessions by them. */
  static CleanupResult<UUID> links(
      Sql sql, Optional<UUID> since, UUID until, int limit, Instant now) {
    List<UUID> locked = locked(sql, LOCK_LINKS, since, until, limit, now);
    if (locked.isEmpty()) {
      return result(locked);
    }
    List<UUID> sessions = sql.list(LOCK_SESSIONS_OF_LINKS, bind(LINKS, array(locked)));
    return result(
        sql.list(
            DELETE_LINKS,
            bind(LINKS, array(locked)),
            bind(SESSIONS, array(sessions)),
            bind(UNTIL, until)));
  }

  private static List<UUID> locked(
      Sql sql, Statement<UUID> lock, Optional<UUID> since, UUID until, int limit, Instant now) {
    Inputs.range("limit", limit, 1, Integer.MAX_VALUE);
    Inputs.past("until", Ids.timestamp(until), now);
    return sql.list(
        lock, bind(SINCE, since.orElse(BEGINNING)), bind(UNTIL, until), bind(LIMIT, limit));
  }

  private static Statement<UUID> locking(TableField<?, UUID> id, Condition guard) {
    return new Statement<>(
        select(id)
            .from(Projection.tableOf(id))
            .where(id.gt(SINCE).and(id.le(UNTIL)))
            .and(guard)
            .orderBy(id)
            .limit(LIMIT)
            .forUpdate()
            .skipLocked(),
        row -> row.get(0, UUID.class));
  }

  // A session that could not be locked is one that somebody is just using.
  private static Statement<UUID> deleteLinks() {
    CommonTableExpression<?> doomed =
        name("doomed")
            .as(
                select(UPSTREAM_OAUTH_LINKS.ID)
                    .from(UPSTREAM_OAUTH_LINKS)
                    .where(Conditions.among(UPSTREAM_OAUTH_LINKS.ID, LINKS))
                    .and(
                        hasNoSessionThat(
                            UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS
                                .ID
                                .gt(UNTIL)
                                .or(not(IS_LOCKED_SESSION))
                                .or(SIGNS_SOMEBODY_UP))));
    CommonTableExpression<?> sessions =
        name("sessions")
            .as(
                deleteFrom(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS)
                    .where(IS_LOCKED_SESSION)
                    .and(
                        UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.LINK_ID.in(
                            select(Projection.columnOf(doomed, UPSTREAM_OAUTH_LINKS.ID))
                                .from(doomed)))
                    .returning(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID));
    return new Statement<>(
        with(doomed)
            .with(sessions)
            .delete(UPSTREAM_OAUTH_LINKS)
            .where(Conditions.among(UPSTREAM_OAUTH_LINKS.ID, doomed))
            .returning(UPSTREAM_OAUTH_LINKS.ID),
        row -> row.get(0, UUID.class));
  }

  private static Condition hasNoSessionThat(Condition isWanted) {
    return selectCount()
        .from(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS)
        .where(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.LINK_ID.eq(UPSTREAM_OAUTH_LINKS.ID))
        .and(isWanted)
        .asField()
        .eq(0);
  }

  private static UUID[] array(List<UUID> ids) {
    return ids.toArray(UUID[]::new);
  }

  private static CleanupResult<UUID> result(List<UUID> deleted) {
    return new CleanupResult<>(deleted.size(), deleted.stream().max(Ids.UNSIGNED_ORDER));
  }
}
