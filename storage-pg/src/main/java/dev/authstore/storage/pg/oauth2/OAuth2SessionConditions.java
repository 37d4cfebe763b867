package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.internal.Conditions.exists;
import static dev.authstore.storage.pg.internal.Conditions.notExists;
import static dev.authstore.storage.pg.schema.Tables.BROWSER_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_CLIENTS;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_SESSIONS;
import static org.jooq.impl.DSL.condition;
import static org.jooq.impl.DSL.selectOne;

import dev.authstore.storage.oauth2.OAuth2SessionFilter;
import dev.authstore.storage.pg.internal.Conditions;
import dev.authstore.storage.pg.user.UserGroup;
import org.jooq.Condition;
import org.jooq.Select;

/** Which sessions a filter selects. */
final class OAuth2SessionConditions {
  private OAuth2SessionConditions() {}

  /** What a filter selects, as a condition on the table of sessions. */
  static Condition matching(OAuth2SessionFilter filter) {
    return Conditions.all(
        filter.user().map(OAUTH2_SESSIONS.USER_ID::eq),
        filter.hasUser().map(wanted -> Conditions.present(OAUTH2_SESSIONS.USER_ID, wanted)),
        filter.browserSession().map(OAUTH2_SESSIONS.BROWSER_SESSION_ID::eq),
        filter
            .browserSessions()
            .map(
                nested ->
                    exists(
                        selectOne()
                            .from(BROWSER_SESSIONS)
                            .where(BROWSER_SESSIONS.ID.eq(OAUTH2_SESSIONS.BROWSER_SESSION_ID))
                            .and(UserGroup.matching(nested)))),
        filter
            .device()
            .map(
                device ->
                    Conditions.namesDevice(OAUTH2_SESSIONS.ID, OAUTH2_SESSIONS.SCOPE, device)),
        filter.client().map(OAUTH2_SESSIONS.CLIENT_ID::eq),
        filter.clients().map(ids -> Conditions.isAmong(OAUTH2_SESSIONS.CLIENT_ID, ids)),
        filter
            .staticClient()
            .map(wanted -> wanted ? exists(staticClient()) : notExists(staticClient())),
        filter.active().map(wanted -> Conditions.present(OAUTH2_SESSIONS.FINISHED_AT, !wanted)),
        filter
            .scope()
            .map(
                scope ->
                    Conditions.containsScope(OAUTH2_SESSIONS.ID, OAUTH2_SESSIONS.SCOPE, scope)),
        filter.created().map(range -> Conditions.createdWithin(OAUTH2_SESSIONS.ID, range)),
        filter
            .lastActive()
            .map(
                range ->
                    Conditions.lastActiveWithin(
                        OAUTH2_SESSIONS.ACTIVE_DAY, OAUTH2_SESSIONS.LAST_ACTIVE_AT, range)),
        filter
            .inactiveSince()
            .map(
                instant ->
                    Conditions.inactiveSince(
                        OAUTH2_SESSIONS.ACTIVE_DAY,
                        OAUTH2_SESSIONS.LAST_ACTIVE_AT,
                        OAUTH2_SESSIONS.CREATED_AT,
                        instant)));
  }

  // Static clients are few, so their absence is told by them, too.
  private static Select<?> staticClient() {
    return selectOne()
        .from(OAUTH2_CLIENTS)
        .where(OAUTH2_CLIENTS.ID.eq(OAUTH2_SESSIONS.CLIENT_ID))
        .and(condition(OAUTH2_CLIENTS.IS_STATIC));
  }
}
