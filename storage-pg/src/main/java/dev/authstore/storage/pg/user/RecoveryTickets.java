package dev.authstore.storage.pg.user;

import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static dev.authstore.storage.pg.schema.Tables.USERS;
import static dev.authstore.storage.pg.schema.Tables.USER_EMAILS;
import static dev.authstore.storage.pg.schema.Tables.USER_RECOVERY_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.USER_RECOVERY_TICKETS;
import static org.jooq.impl.DSL.count;
import static org.jooq.impl.DSL.insertInto;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectOne;
import static org.jooq.impl.DSL.trueCondition;
import static org.jooq.impl.DSL.update;
import static org.jooq.impl.DSL.with;

import dev.authstore.model.TokenDigest;
import dev.authstore.model.user.UserRecoverySession;
import dev.authstore.model.user.UserRecoveryTicket;
import dev.authstore.storage.pg.internal.Conditions;
import dev.authstore.storage.pg.internal.Projection;
import dev.authstore.storage.pg.internal.Row;
import dev.authstore.storage.pg.internal.Statement;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Param;

/** The statements that issue and spend recovery tickets. */
final class RecoveryTickets {
  static final Projection<UserRecoveryTicket> TICKET =
      Projection.of(
          "user_recovery_ticket",
          USER_RECOVERY_TICKETS.ID,
          RecoveryTickets::read,
          USER_RECOVERY_TICKETS.RECOVERY_SESSION_ID,
          USER_RECOVERY_TICKETS.USER_EMAIL_ID,
          USER_RECOVERY_TICKETS.CREATED_AT,
          USER_RECOVERY_TICKETS.EXPIRES_AT);

  static final Param<UUID> ID = param("id", USER_RECOVERY_TICKETS.ID);
  static final Param<UUID> SESSION_ID = param("session_id", USER_RECOVERY_SESSIONS.ID);
  static final Param<UUID> EMAIL_ID = param("email_id", USER_EMAILS.ID);
  static final Param<TokenDigest> DIGEST = param("digest", USER_RECOVERY_TICKETS.TICKET_DIGEST);
  static final Param<Instant> NOW = param("now", USER_RECOVERY_TICKETS.CREATED_AT);
  static final Param<Instant> EXPIRES_AT = param("expires_at", USER_RECOVERY_TICKETS.EXPIRES_AT);

  static final Statement<Issue> ISSUE = issue();

  /** Locks the account that a ticket is for and its addresses, which waits for their removal. */
  static final Statement<Integer> LOCK_ACCOUNT = lockAccount();

  static final Statement<Consumption> CONSUME = consume();

  /** Ends the other tickets of the account. */
  static final Statement<UUID> EXPIRE_SIBLINGS = expireSiblings();

  private RecoveryTickets() {}

  /** The ticket, or the facts that tell why there is none. */
  record Issue(
      boolean sessionExists,
      boolean sessionConsumed,
      boolean emailExists,
      boolean emailMatches,
      Optional<UserRecoveryTicket> issued) {}

  /** The session after the change, or the facts that tell why there was none. */
  record Consumption(
      boolean sessionExists,
      boolean sessionConsumed,
      boolean ticketExists,
      Optional<UserRecoverySession> consumed) {}

  private static Statement<Issue> issue() {
    CommonTableExpression<?> email =
        name("email")
            .as(
                select(USER_EMAILS.ID, USER_EMAILS.EMAIL_FOLDED)
                    .from(USER_EMAILS)
                    .where(USER_EMAILS.ID.eq(EMAIL_ID))
                    .forKeyShare());
    // counting the address first locks it first
    CommonTableExpression<?> session =
        name("session")
            .as(
                select(
                        USER_RECOVERY_SESSIONS.ID,
                        USER_RECOVERY_SESSIONS.EMAIL_FOLDED,
                        USER_RECOVERY_SESSIONS.CONSUMED_AT)
                    .from(USER_RECOVERY_SESSIONS)
                    .where(USER_RECOVERY_SESSIONS.ID.eq(SESSION_ID))
                    .and(select(count()).from(email).asField().ge(0))
                    .forNoKeyUpdate());
    CommonTableExpression<?> issued =
        name("issued")
            .as(
                insertInto(
                        USER_RECOVERY_TICKETS,
                        USER_RECOVERY_TICKETS.ID,
                        USER_RECOVERY_TICKETS.RECOVERY_SESSION_ID,
                        USER_RECOVERY_TICKETS.USER_EMAIL_ID,
                        USER_RECOVERY_TICKETS.TICKET_DIGEST,
                        USER_RECOVERY_TICKETS.CREATED_AT,
                        USER_RECOVERY_TICKETS.EXPIRES_AT)
                    .select(
                        select(
                                ID,
                                columnOf(session, USER_RECOVERY_SESSIONS.ID),
                                columnOf(email, USER_EMAILS.ID),
                                DIGEST,
                                NOW,
                                EXPIRES_AT)
                            .from(session)
                            .join(email)
                            .on(
                                columnOf(email, USER_EMAILS.EMAIL_FOLDED)
                                    .eq(columnOf(session, USER_RECOVERY_SESSIONS.EMAIL_FOLDED)))
                            .where(columnOf(session, USER_RECOVERY_SESSIONS.CONSUMED_AT).isNull()))
                    .onConflict(USER_RECOVERY_TICKETS.TICKET_DIGEST)
                    .doNothing()
                    .returning(TICKET.columns()));
    int facts = TICKET.columns().size();
    return new Statement<>(
        with(email)
            .with(session)
            .with(issued)
            .select(TICKET.ownColumns(issued))
            .select(
                columnOf(session, USER_RECOVERY_SESSIONS.ID).isNotNull(),
                columnOf(session, USER_RECOVERY_SESSIONS.CONSUMED_AT).isNotNull(),
                columnOf(email, USER_EMAILS.ID).isNotNull(),
                columnOf(email, USER_EMAILS.EMAIL_FOLDED)
                    .isNotDistinctFrom(columnOf(session, USER_RECOVERY_SESSIONS.EMAIL_FOLDED)))
            .from(selectOne().asTable("always"))
            .leftJoin(session)
            .on(trueCondition())
            .leftJoin(email)
            .on(trueCondition())
            .leftJoin(issued)
            .on(trueCondition()),
        row ->
            new Issue(
                row.get(facts, Boolean.class),
                row.get(facts + 1, Boolean.class),
                row.get(facts + 2, Boolean.class),
                row.get(facts + 3, Boolean.class),
                TICKET.optional(row, 0)));
  }

  private static Statement<Integer> lockAccount() {
    CommonTableExpression<?> account =
        name("account")
            .as(
                select(USERS.ID)
                    .from(USER_RECOVERY_TICKETS)
                    .join(USER_EMAILS)
                    .on(USER_EMAILS.ID.eq(USER_RECOVERY_TICKETS.USER_EMAIL_ID))
                    .join(USERS)
                    .on(USERS.ID.eq(USER_EMAILS.USER_ID))
                    .where(USER_RECOVERY_TICKETS.ID.eq(ID))
                    .forNoKeyUpdate()
                    .of(USERS));
    CommonTableExpression<?> addresses =
        name("addresses")
            .as(
                select(USER_EMAILS.ID)
                    .from(USER_EMAILS)
                    .where(Conditions.anyOf(USER_EMAILS.USER_ID, account, USERS.ID))
                    .orderBy(USER_EMAILS.ID)
                    .forKeyShare());
    return new Statement<>(
        with(account).with(addresses).select(count()).from(addresses),
        row -> row.get(0, Integer.class));
  }

  private static Statement<Consumption> consume() {
    CommonTableExpression<?> session =
        name("session")
            .as(
                select(USER_RECOVERY_SESSIONS.ID, USER_RECOVERY_SESSIONS.CONSUMED_AT)
                    .from(USER_RECOVERY_SESSIONS)
                    .where(USER_RECOVERY_SESSIONS.ID.eq(SESSION_ID))
                    .forNoKeyUpdate());
    CommonTableExpression<?> ticket =
        name("ticket")
            .as(
                select(USER_RECOVERY_TICKETS.ID, USER_RECOVERY_TICKETS.EXPIRES_AT)
                    .from(USER_RECOVERY_TICKETS)
                    .where(USER_RECOVERY_TICKETS.ID.eq(ID))
                    .and(USER_RECOVERY_TICKETS.RECOVERY_SESSION_ID.eq(SESSION_ID)));
    CommonTableExpression<?> consumed =
        name("consumed")
            .as(
                update(USER_RECOVERY_SESSIONS)
                    .set(USER_RECOVERY_SESSIONS.CONSUMED_AT, NOW)
                    .from(session, ticket)
                    .where(
                        USER_RECOVERY_SESSIONS.ID.eq(columnOf(session, USER_RECOVERY_SESSIONS.ID)))
                    .and(columnOf(session, USER_RECOVERY_SESSIONS.CONSUMED_AT).isNull())
                    .and(columnOf(ticket, USER_RECOVERY_TICKETS.EXPIRES_AT).gt(NOW))
                    .returning(PgUserRecoveryRepository.SESSION.columns()));
    int facts = PgUserRecoveryRepository.SESSION.columns().size();
    return new Statement<>(
        with(session)
            .with(ticket)
            .with(consumed)
            .select(PgUserRecoveryRepository.SESSION.ownColumns(consumed))
            .select(
                columnOf(session, USER_RECOVERY_SESSIONS.ID).isNotNull(),
                columnOf(session, USER_RECOVERY_SESSIONS.CONSUMED_AT).isNotNull(),
                columnOf(ticket, USER_RECOVERY_TICKETS.ID).isNotNull())
            .from(selectOne().asTable("always"))
            .leftJoin(session)
            .on(trueCondition())
            .leftJoin(ticket)
            .on(trueCondition())
            .leftJoin(consumed)
            .on(trueCondition()),
        row ->
            new Consumption(
                row.get(facts, Boolean.class),
                row.get(facts + 1, Boolean.class),
                row.get(facts + 2, Boolean.class),
                PgUserRecoveryRepository.SESSION.optional(row, 0)));
  }

  private static Statement<UUID> expireSiblings() {
    CommonTableExpression<?> siblings =
        name("siblings")
            .as(
                select(USER_RECOVERY_TICKETS.ID)
                    .from(USER_RECOVERY_TICKETS)
                    .where(
                        USER_RECOVERY_TICKETS.USER_EMAIL_ID.in(
                            select(USER_EMAILS.ID)
                                .from(USER_EMAILS)
                                .where(
                                    USER_EMAILS.USER_ID.eq(
                                        select(USER_EMAILS.USER_ID)
                                            .from(USER_EMAILS)
                                            .where(USER_EMAILS.ID.eq(EMAIL_ID))))))
                    .and(USER_RECOVERY_TICKETS.ID.ne(ID))
                    .and(USER_RECOVERY_TICKETS.EXPIRES_AT.gt(NOW))
                    .orderBy(USER_RECOVERY_TICKETS.ID)
                    .forNoKeyUpdate());
    return new Statement<>(
        with(siblings)
            .update(USER_RECOVERY_TICKETS)
            .set(USER_RECOVERY_TICKETS.EXPIRES_AT, NOW)
            .where(Conditions.among(USER_RECOVERY_TICKETS.ID, siblings))
            .returning(USER_RECOVERY_TICKETS.ID),
        row -> row.get(0, UUID.class));
  }

  private static UserRecoveryTicket read(Row row) {
    return new UserRecoveryTicket(
        row.get(USER_RECOVERY_TICKETS.ID),
        row.get(USER_RECOVERY_TICKETS.RECOVERY_SESSION_ID),
        row.get(USER_RECOVERY_TICKETS.USER_EMAIL_ID),
        row.get(USER_RECOVERY_TICKETS.CREATED_AT),
        row.get(USER_RECOVERY_TICKETS.EXPIRES_AT));
  }
}
