package dev.authstore.storage.pg.upstream;

import static dev.authstore.storage.pg.schema.Tables.UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.UPSTREAM_OAUTH_LINKS;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.update;
import static org.jooq.impl.DSL.val;
import static org.jooq.impl.DSL.with;

import dev.authstore.storage.pg.internal.Bind;
import dev.authstore.storage.pg.internal.Conditions;
import dev.authstore.storage.pg.internal.Sql;
import dev.authstore.storage.pg.internal.Statement;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Param;
import org.jooq.Record;
import org.jooq.UpdateSetFirstStep;
import org.jooq.UpdateSetMoreStep;
import org.jooq.impl.SQLDataType;

/** Turns logins into such that have no link, and erases what the provider told but the claims. */
final class Unlinking {
  private static final Param<UUID[]> LINK_IDS =
      param("link_ids", SQLDataType.UUID.getArrayDataType());
  private static final Param<Instant> NOW =
      param("now", UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.UNLINKED_AT);

  private static final Statement<UUID> DELETE_LINKS = deleteLinks();

  private Unlinking() {}

  /**
   * Deletes links that are locked against new logins by them. In a statement of its own: the one
   * that has waited for the lock does not see the logins that were completed meanwhile.
   */
  static int deleteLinks(Sql sql, List<UUID> locked, Instant now) {
    UUID[] ids = locked.toArray(UUID[]::new);
    return sql.list(DELETE_LINKS, Bind.bind(LINK_IDS, ids), Bind.bind(NOW, now)).size();
  }

  /** Unlinks the sessions for which a condition holds. */
  static int unlink(Sql sql, Condition where, Instant now) {
    CommonTableExpression<?> locked = locked(where);
    return unlinking(sql.dsl().with(locked).update(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS), val(now))
        .where(Conditions.among(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID, locked))
        .execute();
  }

  private static Statement<UUID> deleteLinks() {
    CommonTableExpression<?> locked =
        locked(
            Conditions.among(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.LINK_ID, LINK_IDS)
                .and(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.LINK_ID.isNotNull())); // for the index
    CommonTableExpression<?> unlinked =
        name("unlinked")
            .as(
                unlinking(update(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS), NOW)
                    .where(Conditions.among(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID, locked))
                    .returning(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID));
    return new Statement<>(
        with(locked)
            .with(unlinked)
            .delete(UPSTREAM_OAUTH_LINKS)
            .where(Conditions.among(UPSTREAM_OAUTH_LINKS.ID, LINK_IDS))
            .returning(UPSTREAM_OAUTH_LINKS.ID),
        row -> row.get(0, UUID.class));
  }

  // in the order of the ids, so that two of these never wait for each other in a circle
  private static CommonTableExpression<?> locked(Condition where) {
    return name("locked")
        .as(
            select(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID)
                .from(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS)
                .where(where)
                .orderBy(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID)
                .forNoKeyUpdate());
  }

  private static UpdateSetMoreStep<Record> unlinking(
      UpdateSetFirstStep<Record> update, Field<Instant> now) {
    return update
        .set(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.UNLINKED_AT, now)
        .setNull(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.LINK_ID)
        .setNull(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID_TOKEN)
        .setNull(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.EXTRA_CALLBACK_PARAMETERS)
        .setNull(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.USERINFO);
  }
}
