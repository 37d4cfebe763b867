package dev.authstore.storage.pg.personal;

import static dev.authstore.storage.pg.internal.Bind.bind;
import static dev.authstore.storage.pg.internal.Conditions.exists;
import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static dev.authstore.storage.pg.schema.Tables.PERSONAL_ACCESS_TOKENS;
import static dev.authstore.storage.pg.schema.Tables.PERSONAL_SESSIONS;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectOne;
import static org.jooq.impl.DSL.trueCondition;
import static org.jooq.impl.DSL.update;
import static org.jooq.impl.DSL.with;

import dev.authstore.model.Addresses;
import dev.authstore.model.Scope;
import dev.authstore.model.SessionActivity;
import dev.authstore.model.personal.PersonalSession;
import dev.authstore.model.personal.PersonalSessionOwner;
import dev.authstore.model.personal.PersonalSessionOwner.OwnerOAuth2Client;
import dev.authstore.model.personal.PersonalSessionOwner.OwnerUser;
import dev.authstore.model.personal.PersonalSessionStage;
import dev.authstore.model.user.User;
import dev.authstore.storage.Inputs;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.personal.PersonalSessionFilter;
import dev.authstore.storage.personal.PersonalSessionRepository;
import dev.authstore.storage.personal.PersonalSessionWithToken;
import dev.authstore.storage.pg.internal.ActivityBatch;
import dev.authstore.storage.pg.internal.CleanupByTime;
import dev.authstore.storage.pg.internal.Conditions;
import dev.authstore.storage.pg.internal.Keyset;
import dev.authstore.storage.pg.internal.Projection;
import dev.authstore.storage.pg.internal.Row;
import dev.authstore.storage.pg.internal.Sql;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.internal.UnitOfWork;
import dev.authstore.storage.pg.oauth2.OAuth2Group;
import dev.authstore.storage.pg.personal.PersonalSessionCreation.Verdict;
import dev.authstore.storage.pg.user.UserGroup;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Param;
import org.jooq.TableField;
import org.jooq.impl.SQLDataType;

final class PgPersonalSessionRepository implements PersonalSessionRepository {
  private static final TableField<?, ?>[] COLUMNS = {
    PERSONAL_SESSIONS.OWNER_USER_ID,
    PERSONAL_SESSIONS.OWNER_CLIENT_ID,
    PERSONAL_SESSIONS.ACTOR_USER_ID,
    PERSONAL_SESSIONS.HUMAN_NAME,
    PERSONAL_SESSIONS.SCOPE,
    PERSONAL_SESSIONS.CREATED_AT,
    PERSONAL_SESSIONS.REVOKED_AT,
    PERSONAL_SESSIONS.LAST_ACTIVE_AT,
    PERSONAL_SESSIONS.LAST_ACTIVE_IP
  };

  static final Projection<PersonalSession> SESSION =
      Projection.of(
          "personal_session", PERSONAL_SESSIONS.ID, PgPersonalSessionRepository::read, COLUMNS);

  private static final Condition IS_ITS_ACTIVE_TOKEN =
      PERSONAL_ACCESS_TOKENS
          .SESSION_ID
          .eq(PERSONAL_SESSIONS.ID)
          .and(PERSONAL_ACCESS_TOKENS.REVOKED_AT.isNull());

  private static final Projection<PersonalSessionWithToken> WITH_TOKEN =
      Projection.of(
              "personal_session",
              PERSONAL_SESSIONS.ID,
              PgPersonalSessionRepository::readWithToken,
              COLUMNS)
          .leftJoining(PgPersonalAccessTokenRepository.TOKEN, IS_ITS_ACTIVE_TOKEN);

  private static final int MAX_NAME_BYTES = 512;

  private static final Param<UUID> ID = param("id", PERSONAL_SESSIONS.ID);
  private static final Param<UUID[]> IDS = param("ids", SQLDataType.UUID.getArrayDataType());
  private static final Param<Instant> NOW = param("now", PERSONAL_SESSIONS.REVOKED_AT);
  private static final Condition IS_ACTIVE = PERSONAL_SESSIONS.REVOKED_AT.isNull();

  private static final Statement<PersonalSession> LOOKUP =
      SESSION.where(PERSONAL_SESSIONS.ID.eq(ID));

  private static final Statement<Optional<PersonalSession>> REVOKE = revoke();

  // After the sessions are locked: in one statement with them, a token that was issued while their
  // locks were waited for would not be seen.
  private static final Statement<UUID> REVOKE_TOKENS =
      new Statement<>(
          update(PERSONAL_ACCESS_TOKENS)
              .set(PERSONAL_ACCESS_TOKENS.REVOKED_AT, NOW)
              .where(Conditions.among(PERSONAL_ACCESS_TOKENS.SESSION_ID, IDS))
              .and(PERSONAL_ACCESS_TOKENS.REVOKED_AT.isNull())
              .returning(PERSONAL_ACCESS_TOKENS.ID),
          row -> row.get(0, UUID.class));

  private static final ActivityBatch ACTIVITY =
      new ActivityBatch(
          PERSONAL_SESSIONS.ID, PERSONAL_SESSIONS.LAST_ACTIVE_AT, PERSONAL_SESSIONS.LAST_ACTIVE_IP);

  private static final CleanupByTime REVOKED =
      CleanupByTime.deleting(PERSONAL_SESSIONS.ID, PERSONAL_SESSIONS.REVOKED_AT, noCondition());

  private static final CleanupByTime INACTIVE_IPS =
      CleanupByTime.erasingIps(
          PERSONAL_SESSIONS.ID,
          PERSONAL_SESSIONS.LAST_ACTIVE_AT,
          PERSONAL_SESSIONS.LAST_ACTIVE_IP,
          PERSONAL_SESSIONS.IP_DAY);

  private final UnitOfWork work;

  PgPersonalSessionRepository(UnitOfWork work) {
    this.work = work;
  }

  @Override
  public Optional<PersonalSession> lookup(UUID id) {
    return work.read("personal_session.lookup", sql -> sql.find(LOOKUP, bind(ID, id)));
  }

  @Override
  public Page<PersonalSessionWithToken> list(PersonalSessionFilter filter, Pagination pagination) {
    return work.read(
        "personal_session.list", sql -> Keyset.page(sql, WITH_TOKEN, matching(filter), pagination));
  }

  @Override
  public long count(PersonalSessionFilter filter) {
    return work.read("personal_session.count", sql -> Keyset.count(sql, SESSION, matching(filter)));
  }

  @Override
  public PersonalSession add(
      PersonalSessionOwner owner, User actorUser, String humanName, Scope scope) {
    String name = Inputs.text("human name", humanName, MAX_NAME_BYTES);
    if (name.isBlank()) {
      throw new InvalidInputException("human name is blank");
    }
    Verdict verdict =
        work.write(
            "personal_session.add",
            sql -> {
              Instant now = work.now();
              return sql.get(
                  PersonalSessionCreation.ADD,
                  bind(PersonalSessionCreation.ID, work.newId(now)),
                  bind(PersonalSessionCreation.OWNER_USER_ID, userId(owner).orElse(null)),
                  bind(PersonalSessionCreation.OWNER_CLIENT_ID, clientId(owner).orElse(null)),
                  bind(PersonalSessionCreation.ACTOR_ID, actorUser.id()),
                  bind(PersonalSessionCreation.HUMAN_NAME, name),
                  bind(PersonalSessionCreation.SCOPE, Conditions.texts(scope.tokens())),
                  bind(PersonalSessionCreation.NOW, now));
            });
    return verdict.created().orElseThrow(() -> refusal(verdict, owner, actorUser));
  }

  @Override
  public PersonalSession revoke(PersonalSession session) {
    return work.atomic(
        "personal_session.revoke",
        sql -> {
          Instant now = work.now();
          PersonalSession revoked =
              sql.find(REVOKE, bind(ID, session.id()), bind(NOW, now))
                  .orElseThrow(() -> gone(session))
                  .orElseThrow(() -> revokedBefore(session));
          revokeTokens(sql, List.of(session.id()), now);
          return revoked;
        });
  }

  @Override
  public int revokeBulk(PersonalSessionFilter filter) {
    return work.atomic(
        "personal_session.revoke_bulk",
        sql -> {
          Instant now = work.now();
          CommonTableExpression<?> locked =
              name("locked")
                  .as(
                      select(PERSONAL_SESSIONS.ID)
                          .from(PERSONAL_SESSIONS)
                          .where(matching(filter))
                          .and(IS_ACTIVE)
                          .orderBy(PERSONAL_SESSIONS.ID)
                          .forNoKeyUpdate());
          List<UUID> revoked =
              sql.dsl()
                  .with(locked)
                  .update(PERSONAL_SESSIONS)
                  .set(PERSONAL_SESSIONS.REVOKED_AT, now)
                  .where(Conditions.among(PERSONAL_SESSIONS.ID, locked))
                  .returning(PERSONAL_SESSIONS.ID)
                  .fetch(PERSONAL_SESSIONS.ID);
          if (!revoked.isEmpty()) {
            revokeTokens(sql, revoked, now);
          }
          return revoked.size();
        });
  }

  @Override
  public int recordBatchActivity(Collection<SessionActivity> activity) {
    return work.atomic(
        "personal_session.record_batch_activity", sql -> ACTIVITY.record(sql, activity));
  }

  @Override
  public CleanupResult<Instant> cleanupRevoked(Optional<Instant> since, Instant until, int limit) {
    return work.write(
        "personal_session.cleanup_revoked",
        sql -> REVOKED.run(sql, since, until, limit, work.now()));
  }

  @Override
  public CleanupResult<Instant> cleanupInactiveIps(
      Optional<Instant> since, Instant threshold, int limit) {
    return work.write(
        "personal_session.cleanup_inactive_ips",
        sql -> INACTIVE_IPS.run(sql, since, threshold, limit, work.now()));
  }

  /** Nothing in the row of a session that was revoked before. */
  private static Statement<Optional<PersonalSession>> revoke() {
    CommonTableExpression<?> session =
        name("session")
            .as(
                select(PERSONAL_SESSIONS.ID, PERSONAL_SESSIONS.REVOKED_AT)
                    .from(PERSONAL_SESSIONS)
                    .where(PERSONAL_SESSIONS.ID.eq(ID))
                    .forNoKeyUpdate());
    CommonTableExpression<?> revoked =
        name("revoked")
            .as(
                update(PERSONAL_SESSIONS)
                    .set(PERSONAL_SESSIONS.REVOKED_AT, NOW)
                    .from(session)
                    .where(PERSONAL_SESSIONS.ID.eq(columnOf(session, PERSONAL_SESSIONS.ID)))
                    .and(columnOf(session, PERSONAL_SESSIONS.REVOKED_AT).isNull())
                    .returning(SESSION.columns()));
    return new Statement<>(
        with(session)
            .with(revoked)
            .select(SESSION.ownColumns(revoked))
            .from(session)
            .leftJoin(revoked)
            .on(trueCondition()),
        row -> SESSION.optional(row, 0));
  }

  private static void revokeTokens(Sql sql, List<UUID> sessionIds, Instant now) {
    sql.list(REVOKE_TOKENS, bind(IDS, sessionIds.toArray(UUID[]::new)), bind(NOW, now));
  }

  private static Condition matching(PersonalSessionFilter filter) {
    return Conditions.all(
        filter.ownerUser().map(PERSONAL_SESSIONS.OWNER_USER_ID::eq),
        filter.ownerClient().map(PERSONAL_SESSIONS.OWNER_CLIENT_ID::eq),
        filter.actorUser().map(PERSONAL_SESSIONS.ACTOR_USER_ID::eq),
        filter
            .device()
            .map(
                device ->
                    Conditions.namesDevice(PERSONAL_SESSIONS.ID, PERSONAL_SESSIONS.SCOPE, device)),
        filter
            .scope()
            .map(
                scope ->
                    Conditions.containsScope(PERSONAL_SESSIONS.ID, PERSONAL_SESSIONS.SCOPE, scope)),
        filter.active().map(wanted -> Conditions.present(PERSONAL_SESSIONS.REVOKED_AT, !wanted)),
        filter
            .lastActive()
            .map(
                range ->
                    Conditions.lastActiveWithin(
                        PERSONAL_SESSIONS.ACTIVE_DAY, PERSONAL_SESSIONS.LAST_ACTIVE_AT, range)),
        filter
            .expires()
            .map(wanted -> hasToken(Conditions.present(PERSONAL_ACCESS_TOKENS.EXPIRES_AT, wanted))),
        filter
            .expiry()
            .map(range -> hasToken(Conditions.within(PERSONAL_ACCESS_TOKENS.EXPIRES_AT, range))));
  }

  private static Condition hasToken(Condition which) {
    return exists(selectOne().from(PERSONAL_ACCESS_TOKENS).where(IS_ITS_ACTIVE_TOKEN).and(which));
  }

  // Who is gone comes before who is deactivated, and the actor before the owner.
  private static StorageException refusal(
      Verdict verdict, PersonalSessionOwner owner, User actorUser) {
    if (!verdict.actorExists()) {
      return new NotFoundException(UserGroup.user().aggregate(), actorUser.id());
    }
    if (!verdict.ownerExists()) {
      return userId(owner)
          .map(id -> new NotFoundException(UserGroup.user().aggregate(), id))
          .orElseGet(
              () ->
                  new NotFoundException(
                      OAuth2Group.client().aggregate(), clientId(owner).orElseThrow()));
    }
    return new InvalidStateException(
        UserGroup.user().aggregate(),
        verdict.actorDeactivated() ? actorUser.id() : userId(owner).orElseThrow(),
        StateReason.USER_DEACTIVATED);
  }

  private static Optional<UUID> userId(PersonalSessionOwner owner) {
    return owner instanceof OwnerUser user ? Optional.of(user.userId()) : Optional.empty();
  }

  private static Optional<UUID> clientId(PersonalSessionOwner owner) {
    return owner instanceof OwnerOAuth2Client client
        ? Optional.of(client.clientId())
        : Optional.empty();
  }

  static NotFoundException gone(PersonalSession session) {
    return new NotFoundException(SESSION.aggregate(), session.id());
  }

  static InvalidStateException revokedBefore(PersonalSession session) {
    return new InvalidStateException(
        SESSION.aggregate(), session.id(), StateReason.SESSION_FINISHED);
  }

  private static PersonalSessionWithToken readWithToken(Row row) {
    return new PersonalSessionWithToken(
        read(row), row.findJoined(PgPersonalAccessTokenRepository.TOKEN));
  }

  private static PersonalSession read(Row row) {
    return new PersonalSession(
        row.get(PERSONAL_SESSIONS.ID),
        owner(row),
        row.get(PERSONAL_SESSIONS.ACTOR_USER_ID),
        row.get(PERSONAL_SESSIONS.HUMAN_NAME),
        row.decode(PERSONAL_SESSIONS.SCOPE, Scope::of),
        row.get(PERSONAL_SESSIONS.CREATED_AT),
        row.find(PERSONAL_SESSIONS.REVOKED_AT)
            .<PersonalSessionStage>map(PersonalSessionStage.Revoked::new)
            .orElseGet(PersonalSessionStage.Valid::new),
        row.find(PERSONAL_SESSIONS.LAST_ACTIVE_AT),
        row.findDecoded(PERSONAL_SESSIONS.LAST_ACTIVE_IP, Addresses::parse));
  }

  // A client is read with get, so that a session without any owner is reported.
  private static PersonalSessionOwner owner(Row row) {
    Optional<UUID> userId = row.find(PERSONAL_SESSIONS.OWNER_USER_ID);
    if (userId.isEmpty()) {
      return new OwnerOAuth2Client(row.get(PERSONAL_SESSIONS.OWNER_CLIENT_ID));
    }
    if (row.find(PERSONAL_SESSIONS.OWNER_CLIENT_ID).isPresent()) {
      throw row.invalid(PERSONAL_SESSIONS.OWNER_CLIENT_ID, null);
    }
    return new OwnerUser(userId.get());
  }
}
