package dev.authstore.storage.pg.app;

import static dev.authstore.storage.pg.internal.Bind.bind;
import static dev.authstore.storage.pg.internal.Conditions.exists;
import static dev.authstore.storage.pg.schema.Tables.COMPAT_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.PERSONAL_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.USERS;
import static org.jooq.impl.DSL.arrayOverlap;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectCount;
import static org.jooq.impl.DSL.selectOne;
import static org.jooq.impl.DSL.update;
import static org.jooq.impl.DSL.with;

import dev.authstore.model.Device;
import dev.authstore.model.app.AppSession;
import dev.authstore.model.app.AppSession.CompatAppSession;
import dev.authstore.model.app.AppSession.OAuth2AppSession;
import dev.authstore.model.compat.CompatSession;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.user.User;
import dev.authstore.storage.InvalidDataException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.app.ActiveSessionCounts;
import dev.authstore.storage.app.AppSessionFilter;
import dev.authstore.storage.app.AppSessionRepository;
import dev.authstore.storage.compat.CompatSessionFilter;
import dev.authstore.storage.oauth2.OAuth2SessionFilter;
import dev.authstore.storage.page.Edge;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.compat.CompatGroup;
import dev.authstore.storage.pg.internal.Conditions;
import dev.authstore.storage.pg.internal.Keyset;
import dev.authstore.storage.pg.internal.Projection;
import dev.authstore.storage.pg.internal.Sql;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.internal.UnitOfWork;
import dev.authstore.storage.pg.internal.Values;
import dev.authstore.storage.pg.oauth2.OAuth2Group;
import dev.authstore.storage.pg.user.UserGroup;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Param;
import org.jooq.Table;

final class PgAppSessionRepository implements AppSessionRepository {
  private static final Projection<OAuth2Session> OAUTH2 = OAuth2Group.session();
  private static final Projection<CompatSession> COMPAT = CompatGroup.session();

  private static final Param<UUID> USER_ID = param("user_id", USERS.ID);
  private static final Param<String> DEVICE_ID = param("device_id", COMPAT_SESSIONS.DEVICE_ID);
  private static final Param<String[]> SCOPE_TOKENS = param("scope_tokens", OAUTH2_SESSIONS.SCOPE);
  private static final Param<Instant> NOW = param("now", OAUTH2_SESSIONS.FINISHED_AT);

  private static final Statement<ActiveSessionCounts> COUNT_FOR_LIMITING = countForLimiting();

  private static final Statement<UUID> LOCK_USER =
      new Statement<>(
          select(USERS.ID).from(USERS).where(USERS.ID.eq(USER_ID)).forNoKeyUpdate(),
          row -> row.get(0, UUID.class));

  /** For an account that is locked. */
  private static final Statement<Boolean> FINISH_ON_DEVICE = finishOnDevice();

  private final UnitOfWork work;

  PgAppSessionRepository(UnitOfWork work) {
    this.work = work;
  }

  @Override
  public Page<AppSession> list(AppSessionFilter filter, Pagination pagination) {
    return work.read("app_session.list", sql -> page(sql, filter, pagination));
  }

  @Override
  public long count(AppSessionFilter filter) {
    return work.read(
        "app_session.count",
        sql ->
            sql.number(
                select(
                    total(OAUTH2.table(), OAuth2Group.matching(oauth2(filter)))
                        .plus(total(COMPAT.table(), CompatGroup.matching(compat(filter)))))));
  }

  @Override
  public ActiveSessionCounts countForLimiting(User user) {
    return work.read(
        "app_session.count_for_limiting",
        sql -> sql.get(COUNT_FOR_LIMITING, bind(USER_ID, user.id())));
  }

  @Override
  public boolean finishSessionsToReplaceDevice(User user, Device device) {
    return work.atomic(
        "app_session.finish_sessions_to_replace_device",
        sql -> {
          UUID owner =
              sql.find(LOCK_USER, bind(USER_ID, user.id()))
                  .orElseThrow(
                      () -> new NotFoundException(UserGroup.user().aggregate(), user.id()));
          return sql.get(
              FINISH_ON_DEVICE,
              bind(USER_ID, owner),
              bind(DEVICE_ID, device.id()),
              bind(SCOPE_TOKENS, Conditions.texts(device.scopeTokens())),
              bind(NOW, work.now()));
        });
  }

  // The ids of the page first, from a page of each table, so that neither is read further than
  // that; then the sessions that they are of.
  private static Page<AppSession> page(Sql sql, AppSessionFilter filter, Pagination pagination) {
    if (pagination.isEmpty()) {
      return Page.empty();
    }
    Table<?> ids =
        Keyset.keys(OAUTH2, OAuth2Group.matching(oauth2(filter)), pagination)
            .unionAll(Keyset.keys(COMPAT, CompatGroup.matching(compat(filter)), pagination))
            .asTable("ids", "id");
    Field<UUID> id = field(name("ids", "id"), UUID.class);
    List<Edge<AppSession>> found =
        sql
            .rows(
                select(id)
                    .select(OAUTH2.columns())
                    .select(COMPAT.columns())
                    .from(ids)
                    .leftJoin(OAUTH2_SESSIONS)
                    .on(OAUTH2_SESSIONS.ID.eq(id))
                    .leftJoin(COMPAT_SESSIONS)
                    .on(COMPAT_SESSIONS.ID.eq(id))
                    .orderBy(Keyset.ordered(id, pagination))
                    .limit(pagination.count() + 1))
            .stream()
            .map(PgAppSessionRepository::edge)
            .toList();
    return Keyset.cut(found, pagination);
  }

  private static Edge<AppSession> edge(Values row) {
    UUID id = row.get(0, UUID.class);
    Optional<OAuth2Session> oauth2 = OAUTH2.optional(row, 1);
    Optional<CompatSession> compat = COMPAT.optional(row, 1 + OAUTH2.columns().size());
    if (oauth2.isPresent() && compat.isPresent()) {
      throw new InvalidDataException(
          COMPAT_SESSIONS.getName(), COMPAT_SESSIONS.ID.getName(), id, null);
    }
    AppSession session =
        oauth2
            .<AppSession>map(OAuth2AppSession::new)
            .orElseGet(() -> new CompatAppSession(compat.orElseThrow()));
    return new Edge<>(id, session);
  }

  private static Statement<ActiveSessionCounts> countForLimiting() {
    return new Statement<>(
        select(
            total(
                OAUTH2_SESSIONS,
                OAUTH2_SESSIONS.USER_ID.eq(USER_ID).and(OAUTH2_SESSIONS.FINISHED_AT.isNull())),
            total(
                COMPAT_SESSIONS,
                COMPAT_SESSIONS.USER_ID.eq(USER_ID).and(COMPAT_SESSIONS.FINISHED_AT.isNull())),
            total(
                PERSONAL_SESSIONS,
                PERSONAL_SESSIONS
                    .ACTOR_USER_ID
                    .eq(USER_ID)
                    .and(PERSONAL_SESSIONS.OWNER_USER_ID.eq(USER_ID))
                    .and(PERSONAL_SESSIONS.REVOKED_AT.isNull()))),
        row ->
            new ActiveSessionCounts(
                row.get(0, Integer.class), row.get(1, Integer.class), row.get(2, Integer.class)));
  }

  // Counting what is locked first sees to the order of the locks.
  private static Statement<Boolean> finishOnDevice() {
    CommonTableExpression<?> oauth2 =
        name("oauth2")
            .as(
                select(OAUTH2_SESSIONS.ID)
                    .from(OAUTH2_SESSIONS)
                    .where(OAUTH2_SESSIONS.USER_ID.eq(USER_ID))
                    .and(arrayOverlap(OAUTH2_SESSIONS.SCOPE, SCOPE_TOKENS))
                    .and(OAUTH2_SESSIONS.FINISHED_AT.isNull())
                    .orderBy(OAUTH2_SESSIONS.ID)
                    .forNoKeyUpdate());
    CommonTableExpression<?> compat =
        name("compat")
            .as(
                select(COMPAT_SESSIONS.ID)
                    .from(COMPAT_SESSIONS)
                    .where(COMPAT_SESSIONS.USER_ID.eq(USER_ID))
                    .and(COMPAT_SESSIONS.DEVICE_ID.eq(DEVICE_ID))
                    .and(COMPAT_SESSIONS.FINISHED_AT.isNull())
                    .and(selectCount().from(oauth2).asField().ge(0))
                    .forNoKeyUpdate());
    CommonTableExpression<?> oauth2Ended =
        name("oauth2_ended")
            .as(
                update(OAUTH2_SESSIONS)
                    .set(OAUTH2_SESSIONS.FINISHED_AT, NOW)
                    .where(Conditions.among(OAUTH2_SESSIONS.ID, oauth2))
                    .returning(OAUTH2_SESSIONS.ID));
    CommonTableExpression<?> compatEnded =
        name("compat_ended")
            .as(
                update(COMPAT_SESSIONS)
                    .set(COMPAT_SESSIONS.FINISHED_AT, NOW)
                    .where(Conditions.among(COMPAT_SESSIONS.ID, compat))
                    .returning(COMPAT_SESSIONS.ID));
    return new Statement<>(
        with(oauth2)
            .with(compat)
            .with(oauth2Ended)
            .with(compatEnded)
            .select(
                exists(selectOne().from(oauth2Ended)).or(exists(selectOne().from(compatEnded)))),
        row -> row.get(0, Boolean.class));
  }

  private static Field<Integer> total(Table<?> sessions, Condition which) {
    return field(selectCount().from(sessions).where(which));
  }

  private static OAuth2SessionFilter oauth2(AppSessionFilter filter) {
    return new OAuth2SessionFilter(
        filter.user(),
        Optional.empty(),
        filter.browserSession(),
        Optional.empty(),
        filter.device(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        filter.active(),
        Optional.empty(),
        filter.created(),
        filter.lastActive(),
        Optional.empty());
  }

  private static CompatSessionFilter compat(AppSessionFilter filter) {
    return new CompatSessionFilter(
        filter.user(),
        filter.device(),
        filter.browserSession(),
        Optional.empty(),
        filter.active(),
        Optional.empty(),
        filter.created(),
        filter.lastActive(),
        Optional.empty());
  }
}
