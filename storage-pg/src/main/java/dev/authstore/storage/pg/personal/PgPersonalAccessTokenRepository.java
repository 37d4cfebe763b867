package dev.authstore.storage.pg.personal;

import static dev.authstore.storage.pg.internal.Bind.bind;
import static dev.authstore.storage.pg.internal.Conditions.exists;
import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_CLIENTS;
import static dev.authstore.storage.pg.schema.Tables.PERSONAL_ACCESS_TOKENS;
import static dev.authstore.storage.pg.schema.Tables.PERSONAL_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.USERS;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.insertInto;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectCount;
import static org.jooq.impl.DSL.selectOne;
import static org.jooq.impl.DSL.trueCondition;
import static org.jooq.impl.DSL.update;
import static org.jooq.impl.DSL.with;

import dev.authstore.model.Texts;
import dev.authstore.model.TokenDigest;
import dev.authstore.model.personal.PersonalAccessToken;
import dev.authstore.model.personal.PersonalAccessTokenStage;
import dev.authstore.model.personal.PersonalSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.Inputs;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.personal.ActivePersonalToken;
import dev.authstore.storage.personal.PersonalAccessTokenRepository;
import dev.authstore.storage.pg.internal.Bind;
import dev.authstore.storage.pg.internal.Projection;
import dev.authstore.storage.pg.internal.Row;
import dev.authstore.storage.pg.internal.Sql;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.internal.UnitOfWork;
import dev.authstore.storage.pg.oauth2.OAuth2Group;
import dev.authstore.storage.pg.user.UserGroup;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Param;
import org.jooq.Table;

final class PgPersonalAccessTokenRepository implements PersonalAccessTokenRepository {
  static final Projection<PersonalAccessToken> TOKEN =
      Projection.of(
          "personal_access_token",
          PERSONAL_ACCESS_TOKENS.ID,
          PgPersonalAccessTokenRepository::read,
          PERSONAL_ACCESS_TOKENS.SESSION_ID,
          PERSONAL_ACCESS_TOKENS.CREATED_AT,
          PERSONAL_ACCESS_TOKENS.EXPIRES_AT,
          PERSONAL_ACCESS_TOKENS.REVOKED_AT);

  private static final int MAX_TOKEN_BYTES = 8192;

  private static final Param<UUID> ID = param("id", PERSONAL_ACCESS_TOKENS.ID);
  private static final Param<UUID> SESSION_ID =
      param("session_id", PERSONAL_ACCESS_TOKENS.SESSION_ID);
  private static final Param<TokenDigest> DIGEST =
      param("digest", PERSONAL_ACCESS_TOKENS.TOKEN_DIGEST);
  private static final Param<Instant> NOW = param("now", PERSONAL_ACCESS_TOKENS.CREATED_AT);
  private static final Param<Instant> EXPIRES_AT =
      param("expires_at", PERSONAL_ACCESS_TOKENS.EXPIRES_AT);

  private static final Condition HAS_DIGEST = PERSONAL_ACCESS_TOKENS.TOKEN_DIGEST.eq(DIGEST);
  private static final Condition IS_ACTIVE_OF_SESSION =
      PERSONAL_ACCESS_TOKENS
          .SESSION_ID
          .eq(SESSION_ID)
          .and(PERSONAL_ACCESS_TOKENS.REVOKED_AT.isNull());

  private static final Statement<PersonalAccessToken> LOOKUP =
      TOKEN.where(PERSONAL_ACCESS_TOKENS.ID.eq(ID));
  private static final Statement<PersonalAccessToken> FIND_BY_TOKEN = TOKEN.where(HAS_DIGEST);
  private static final Statement<PersonalAccessToken> FIND_ACTIVE_FOR_SESSION =
      TOKEN.where(IS_ACTIVE_OF_SESSION);

  private static final Statement<ActivePersonalToken> FIND_ACTIVE = findActive();
  private static final Statement<Boolean> IS_TAKEN =
      new Statement<>(
          select(field(exists(selectOne().from(PERSONAL_ACCESS_TOKENS).where(HAS_DIGEST)))),
          row -> row.get(0, Boolean.class));

  private static final Statement<Issue> ADD = add();

  private static final Statement<Boolean> LOCK_SESSION =
      new Statement<>(
          select(PERSONAL_SESSIONS.REVOKED_AT.isNull())
              .from(PERSONAL_SESSIONS)
              .where(PERSONAL_SESSIONS.ID.eq(SESSION_ID))
              .forNoKeyUpdate(),
          row -> row.get(0, Boolean.class));

  /** For a session that is locked. */
  private static final Statement<PersonalAccessToken> REPLACE = replacement();

  private static final Statement<Optional<PersonalAccessToken>> REVOKE = revoke();

  private final UnitOfWork work;

  PgPersonalAccessTokenRepository(UnitOfWork work) {
    this.work = work;
  }

  @Override
  public Optional<PersonalAccessToken> lookup(UUID id) {
    return work.read("personal_access_token.lookup", sql -> sql.find(LOOKUP, bind(ID, id)));
  }

  @Override
  public Optional<PersonalAccessToken> findByToken(String accessToken) {
    if (!Texts.isStorable(accessToken, MAX_TOKEN_BYTES)) {
      return Optional.empty();
    }
    return work.read(
        "personal_access_token.find_by_token",
        sql -> sql.find(FIND_BY_TOKEN, bind(DIGEST, TokenDigest.of(accessToken))));
  }

  @Override
  public Optional<ActivePersonalToken> findActive(String accessToken) {
    if (!Texts.isStorable(accessToken, MAX_TOKEN_BYTES)) {
      return Optional.empty();
    }
    return work.read(
        "personal_access_token.find_active",
        sql ->
            sql.find(
                FIND_ACTIVE, bind(DIGEST, TokenDigest.of(accessToken)), bind(NOW, work.now())));
  }

  @Override
  public Optional<PersonalAccessToken> findActiveForSession(PersonalSession session) {
    return work.read(
        "personal_access_token.find_active_for_session",
        sql -> sql.find(FIND_ACTIVE_FOR_SESSION, bind(SESSION_ID, session.id())));
  }

  @Override
  public PersonalAccessToken add(
      PersonalSession session, String accessToken, Optional<Duration> expiresAfter) {
    NewToken content = NewToken.of(accessToken, expiresAfter);
    return work.write(
        "personal_access_token.add",
        sql -> {
          Instant now = work.now();
          Issue issue =
              sql.find(ADD, values(session, content, now))
                  .orElseThrow(() -> PgPersonalSessionRepository.gone(session));
          if (!issue.sessionValid()) {
            throw PgPersonalSessionRepository.revokedBefore(session);
          }
          return issue.token().orElseThrow(() -> taken(sql, content.digest()));
        });
  }

  @Override
  public PersonalAccessToken replace(
      PersonalSession session, String accessToken, Optional<Duration> expiresAfter) {
    NewToken content = NewToken.of(accessToken, expiresAfter);
    return work.atomic(
        "personal_access_token.replace",
        sql -> {
          boolean valid =
              sql.find(LOCK_SESSION, bind(SESSION_ID, session.id()))
                  .orElseThrow(() -> PgPersonalSessionRepository.gone(session));
          if (!valid) {
            throw PgPersonalSessionRepository.revokedBefore(session);
          }
          Instant now = work.now(); // behind the lock: what it waited for has not happened later
          return sql.get(REPLACE, values(session, content, now));
        });
  }

  @Override
  public PersonalAccessToken revoke(PersonalAccessToken token) {
    return work.write(
        "personal_access_token.revoke",
        sql ->
            sql.find(REVOKE, bind(ID, token.id()), bind(NOW, work.now()))
                .orElseThrow(() -> new NotFoundException(TOKEN.aggregate(), token.id()))
                .orElseThrow(
                    () ->
                        new InvalidStateException(
                            TOKEN.aggregate(), token.id(), StateReason.REVOKED)));
  }

  /** What is to be stored of a token. */
  private record NewToken(TokenDigest digest, Optional<Duration> lifetime) {
    static NewToken of(String accessToken, Optional<Duration> expiresAfter) {
      return new NewToken(
          TokenDigest.of(Inputs.text("token", accessToken, MAX_TOKEN_BYTES)),
          expiresAfter.map(duration -> Inputs.lifetime("expiresAfter", duration)));
    }
  }

  /** The token, unless the session is revoked or something is taken. */
  private record Issue(boolean sessionValid, Optional<PersonalAccessToken> token) {}

  private static Statement<ActivePersonalToken> findActive() {
    Table<?> actor = USERS.as("actor");
    Table<?> owner = USERS.as("owner");
    Projection<User> user = UserGroup.user();
    int session = TOKEN.columns().size();
    int actorUser = session + PgPersonalSessionRepository.SESSION.columns().size();
    int ownerUser = actorUser + user.columns().size();
    int ownerClient = ownerUser + user.columns().size();
    return new Statement<>(
        select(TOKEN.columns())
            .select(PgPersonalSessionRepository.SESSION.columns())
            .select(user.ownColumns(actor))
            .select(user.ownColumns(owner))
            .select(OAuth2Group.client().columns())
            .from(PERSONAL_ACCESS_TOKENS)
            .join(PERSONAL_SESSIONS)
            .on(PERSONAL_SESSIONS.ID.eq(PERSONAL_ACCESS_TOKENS.SESSION_ID))
            .join(actor)
            .on(columnOf(actor, USERS.ID).eq(PERSONAL_SESSIONS.ACTOR_USER_ID))
            .leftJoin(owner)
            .on(columnOf(owner, USERS.ID).eq(PERSONAL_SESSIONS.OWNER_USER_ID))
            .leftJoin(OAUTH2_CLIENTS)
            .on(OAUTH2_CLIENTS.ID.eq(PERSONAL_SESSIONS.OWNER_CLIENT_ID))
            .where(HAS_DIGEST)
            .and(PERSONAL_ACCESS_TOKENS.REVOKED_AT.isNull())
            .and(
                PERSONAL_ACCESS_TOKENS
                    .EXPIRES_AT
                    .isNull()
                    .or(PERSONAL_ACCESS_TOKENS.EXPIRES_AT.gt(NOW)))
            .and(PERSONAL_SESSIONS.REVOKED_AT.isNull())
            .and(isNotBlocked(actor))
            .and(isNotBlocked(owner)),
        row ->
            new ActivePersonalToken(
                TOKEN.read(row),
                PgPersonalSessionRepository.SESSION.read(row, session),
                user.read(row, actorUser),
                user.optional(row, ownerUser),
                OAuth2Group.client().optional(row, ownerClient)));
  }

  private static Condition isNotBlocked(Table<?> users) {
    return columnOf(users, USERS.LOCKED_AT)
        .isNull()
        .and(columnOf(users, USERS.DEACTIVATED_AT).isNull());
  }

  // Locking the session first: its end either is seen here, or sees the new token.
  private static Statement<Issue> add() {
    CommonTableExpression<?> session =
        name("session")
            .as(
                select(PERSONAL_SESSIONS.ID, PERSONAL_SESSIONS.REVOKED_AT)
                    .from(PERSONAL_SESSIONS)
                    .where(PERSONAL_SESSIONS.ID.eq(SESSION_ID))
                    .forNoKeyUpdate());
    Condition isValid = columnOf(session, PERSONAL_SESSIONS.REVOKED_AT).isNull();
    CommonTableExpression<?> created =
        name("created")
            .as(
                insertInto(
                        PERSONAL_ACCESS_TOKENS,
                        PERSONAL_ACCESS_TOKENS.ID,
                        PERSONAL_ACCESS_TOKENS.SESSION_ID,
                        PERSONAL_ACCESS_TOKENS.TOKEN_DIGEST,
                        PERSONAL_ACCESS_TOKENS.CREATED_AT,
                        PERSONAL_ACCESS_TOKENS.EXPIRES_AT)
                    .select(
                        select(ID, columnOf(session, PERSONAL_SESSIONS.ID), DIGEST, NOW, EXPIRES_AT)
                            .from(session)
                            .where(isValid))
                    .onConflictDoNothing() // neither the token nor the place is taken
                    .returning(TOKEN.columns()));
    int facts = TOKEN.columns().size();
    return new Statement<>(
        with(session)
            .with(created)
            .select(TOKEN.ownColumns(created))
            .select(isValid)
            .from(session)
            .leftJoin(created)
            .on(trueCondition()),
        row -> new Issue(row.get(facts, Boolean.class), TOKEN.optional(row, 0)));
  }

  // Counting what was withdrawn sees to it that this comes first, and makes room.
  private static Statement<PersonalAccessToken> replacement() {
    CommonTableExpression<?> withdrawn =
        name("withdrawn")
            .as(
                update(PERSONAL_ACCESS_TOKENS)
                    .set(PERSONAL_ACCESS_TOKENS.REVOKED_AT, NOW)
                    .where(IS_ACTIVE_OF_SESSION)
                    .returning(PERSONAL_ACCESS_TOKENS.ID));
    CommonTableExpression<?> created =
        name("created")
            .as(
                insertInto(
                        PERSONAL_ACCESS_TOKENS,
                        PERSONAL_ACCESS_TOKENS.ID,
                        PERSONAL_ACCESS_TOKENS.SESSION_ID,
                        PERSONAL_ACCESS_TOKENS.TOKEN_DIGEST,
                        PERSONAL_ACCESS_TOKENS.CREATED_AT,
                        PERSONAL_ACCESS_TOKENS.EXPIRES_AT)
                    .select(
                        select(ID, SESSION_ID, DIGEST, NOW, EXPIRES_AT)
                            .where(selectCount().from(withdrawn).asField().ge(0)))
                    .returning(TOKEN.columns()));
    return new Statement<>(
        with(withdrawn).with(created).select(TOKEN.ownColumns(created)).from(created), TOKEN::read);
  }

  // What is locked is judged, not what is updated; counting the session sees to it that it is
  // locked first. Nothing in the row of a token that was withdrawn before.
  private static Statement<Optional<PersonalAccessToken>> revoke() {
    CommonTableExpression<?> session =
        name("session")
            .as(
                select(PERSONAL_SESSIONS.ID)
                    .from(PERSONAL_SESSIONS)
                    .where(
                        PERSONAL_SESSIONS.ID.eq(
                            select(PERSONAL_ACCESS_TOKENS.SESSION_ID)
                                .from(PERSONAL_ACCESS_TOKENS)
                                .where(PERSONAL_ACCESS_TOKENS.ID.eq(ID))))
                    .forNoKeyUpdate());
    CommonTableExpression<?> token =
        name("token")
            .as(
                select(PERSONAL_ACCESS_TOKENS.ID, PERSONAL_ACCESS_TOKENS.REVOKED_AT)
                    .from(PERSONAL_ACCESS_TOKENS)
                    .where(PERSONAL_ACCESS_TOKENS.ID.eq(ID))
                    .and(selectCount().from(session).asField().ge(0))
                    .forNoKeyUpdate());
    CommonTableExpression<?> revoked =
        name("revoked")
            .as(
                update(PERSONAL_ACCESS_TOKENS)
                    .set(PERSONAL_ACCESS_TOKENS.REVOKED_AT, NOW)
                    .from(token)
                    .where(PERSONAL_ACCESS_TOKENS.ID.eq(columnOf(token, PERSONAL_ACCESS_TOKENS.ID)))
                    .and(columnOf(token, PERSONAL_ACCESS_TOKENS.REVOKED_AT).isNull())
                    .returning(TOKEN.columns()));
    return new Statement<>(
        with(session)
            .with(token)
            .with(revoked)
            .select(TOKEN.ownColumns(revoked))
            .from(token)
            .leftJoin(revoked)
            .on(trueCondition()),
        row -> TOKEN.optional(row, 0));
  }

  private Bind[] values(PersonalSession session, NewToken content, Instant now) {
    return new Bind[] {
      bind(ID, work.newId(now)),
      bind(SESSION_ID, session.id()),
      bind(DIGEST, content.digest()),
      bind(NOW, now),
      bind(EXPIRES_AT, content.lifetime().map(now::plus).orElse(null))
    };
  }

  private static ConflictException taken(Sql sql, TokenDigest digest) {
    return new ConflictException(
        sql.get(IS_TAKEN, bind(DIGEST, digest))
            ? ConflictKind.TOKEN_TAKEN
            : ConflictKind.SESSION_HAS_TOKEN);
  }

  private static PersonalAccessToken read(Row row) {
    return new PersonalAccessToken(
        row.get(PERSONAL_ACCESS_TOKENS.ID),
        row.get(PERSONAL_ACCESS_TOKENS.SESSION_ID),
        row.get(PERSONAL_ACCESS_TOKENS.CREATED_AT),
        row.find(PERSONAL_ACCESS_TOKENS.EXPIRES_AT),
        row.find(PERSONAL_ACCESS_TOKENS.REVOKED_AT)
            .<PersonalAccessTokenStage>map(PersonalAccessTokenStage.Revoked::new)
            .orElseGet(PersonalAccessTokenStage.Valid::new));
  }
}
