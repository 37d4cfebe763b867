package dev.authstore.storage.pg.personal;

import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_CLIENTS;
import static dev.authstore.storage.pg.schema.Tables.PERSONAL_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.USERS;
import static org.jooq.impl.DSL.insertInto;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectCount;
import static org.jooq.impl.DSL.selectOne;
import static org.jooq.impl.DSL.trueCondition;
import static org.jooq.impl.DSL.with;

import dev.authstore.model.personal.PersonalSession;
import dev.authstore.storage.pg.internal.Projection;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.internal.Values;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Param;
import org.jooq.Table;

/** The statement that creates a personal session. */
final class PersonalSessionCreation {
  static final Param<UUID> ID = param("id", PERSONAL_SESSIONS.ID);
  static final Param<UUID> OWNER_USER_ID = param("owner_user_id", PERSONAL_SESSIONS.OWNER_USER_ID);
  static final Param<UUID> OWNER_CLIENT_ID =
      param("owner_client_id", PERSONAL_SESSIONS.OWNER_CLIENT_ID);
  static final Param<UUID> ACTOR_ID = param("actor_id", PERSONAL_SESSIONS.ACTOR_USER_ID);
  static final Param<String> HUMAN_NAME = param("human_name", PERSONAL_SESSIONS.HUMAN_NAME);
  static final Param<String[]> SCOPE = param("scope", PERSONAL_SESSIONS.SCOPE);
  static final Param<Instant> NOW = param("now", PERSONAL_SESSIONS.CREATED_AT);

  private static final Projection<PersonalSession> SESSION = PgPersonalSessionRepository.SESSION;

  static final Statement<Verdict> ADD = add();

  private PersonalSessionCreation() {}

  /** The session, or the facts that tell why there is none. */
  record Verdict(
      boolean actorExists,
      boolean ownerExists,
      boolean actorDeactivated,
      boolean ownerDeactivated,
      Optional<PersonalSession> created) {}

  // Locking the accounts first: a deactivation either is seen here, or sees the new session when it
  // ends all of them. Counting them sees to it that the client comes after them.
  private static Statement<Verdict> add() {
    CommonTableExpression<?> accounts =
        name("accounts")
            .as(
                select(USERS.ID, USERS.DEACTIVATED_AT)
                    .from(USERS)
                    .where(USERS.ID.in(ACTOR_ID, OWNER_USER_ID))
                    .orderBy(USERS.ID)
                    .forNoKeyUpdate());
    CommonTableExpression<?> client =
        name("client")
            .as(
                select(OAUTH2_CLIENTS.ID)
                    .from(OAUTH2_CLIENTS)
                    .where(OAUTH2_CLIENTS.ID.eq(OWNER_CLIENT_ID))
                    .and(selectCount().from(accounts).asField().ge(0))
                    .forKeyShare());
    Table<?> actor = accounts.as("actor");
    Table<?> owner = accounts.as("owner");
    CommonTableExpression<?> created =
        name("created")
            .as(
                insertInto(
                        PERSONAL_SESSIONS,
                        PERSONAL_SESSIONS.ID,
                        PERSONAL_SESSIONS.OWNER_USER_ID,
                        PERSONAL_SESSIONS.OWNER_CLIENT_ID,
                        PERSONAL_SESSIONS.ACTOR_USER_ID,
                        PERSONAL_SESSIONS.HUMAN_NAME,
                        PERSONAL_SESSIONS.SCOPE,
                        PERSONAL_SESSIONS.CREATED_AT)
                    .select(
                        select(
                                ID,
                                columnOf(owner, USERS.ID),
                                columnOf(client, OAUTH2_CLIENTS.ID),
                                columnOf(actor, USERS.ID),
                                HUMAN_NAME,
                                SCOPE,
                                NOW)
                            .from(parents(actor, owner, client))
                            .where(columnOf(actor, USERS.ID).isNotNull())
                            .and(ownerExists(owner, client))
                            .and(columnOf(actor, USERS.DEACTIVATED_AT).isNull())
                            .and(columnOf(owner, USERS.DEACTIVATED_AT).isNull()))
                    .returning(SESSION.columns()));
    return new Statement<>(
        with(accounts)
            .with(client)
            .with(created)
            .select(SESSION.ownColumns(created))
            .select(
                columnOf(actor, USERS.ID).isNotNull(),
                ownerExists(owner, client),
                columnOf(actor, USERS.DEACTIVATED_AT).isNotNull(),
                columnOf(owner, USERS.DEACTIVATED_AT).isNotNull())
            .from(parents(actor, owner, client).leftJoin(created).on(trueCondition())),
        PersonalSessionCreation::verdict);
  }

  // One row, whoever is missing.
  private static Table<?> parents(Table<?> actor, Table<?> owner, Table<?> client) {
    return selectOne()
        .asTable("always")
        .leftJoin(actor)
        .on(columnOf(actor, USERS.ID).eq(ACTOR_ID))
        .leftJoin(owner)
        .on(columnOf(owner, USERS.ID).eq(OWNER_USER_ID))
        .leftJoin(client)
        .on(trueCondition());
  }

  private static Condition ownerExists(Table<?> owner, Table<?> client) {
    return columnOf(owner, USERS.ID)
        .isNotNull()
        .or(columnOf(client, OAUTH2_CLIENTS.ID).isNotNull());
  }

  private static Verdict verdict(Values row) {
    int facts = SESSION.columns().size();
    return new Verdict(
        row.get(facts, Boolean.class),
        row.get(facts + 1, Boolean.class),
        row.get(facts + 2, Boolean.class),
        row.get(facts + 3, Boolean.class),
        SESSION.optional(row, 0));
  }
}
