package dev.authstore.storage.pg.user;

import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static dev.authstore.storage.pg.schema.Tables.USERS;
import static dev.authstore.storage.pg.schema.Tables.USER_EMAILS;
import static dev.authstore.storage.pg.schema.Tables.USER_RECOVERY_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.USER_RECOVERY_TICKETS;
import static org.jooq.impl.DSL.insertInto;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectCount;
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
import dev.authstore.storage.user.ResolvedRecoveryTicket;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Param;
import org.jooq.impl.DSL;

/**
 * How tickets are read, made and used.
 *
 * <p>Using one locks the account, its addresses, the sessions and the tickets, in this order.
 * Whoever removes an address or a session locks that before the tickets that go with it, so nobody
 * waits for a ticket whose holder waits for them.
 */
final class UserRecoveryTickets {
  static final Projection<UserRecoveryTicket> TICKET =
      Projection.of(
          "user_recovery_ticket",
          USER_RECOVERY_TICKETS.ID,
          UserRecoveryTickets::read,
          USER_RECOVERY_TICKETS.RECOVERY_SESSION_ID,
          USER_RECOVERY_TICKETS.USER_EMAIL_ID,
          USER_RECOVERY_TICKETS.CREATED_AT,
          USER_RECOVERY_TICKETS.EXPIRES_AT);

  static final Param<UUID> ID = param("id", USER_RECOVERY_TICKETS.ID);
  static final Param<UUID> SESSION_ID =
      param("session_id", USER_RECOVERY_TICKETS.RECOVERY_SESSION_ID);
  static final Param<UUID> EMAIL_ID = param("email_id", USER_RECOVERY_TICKETS.USER_EMAIL_ID);
  static final Param<UUID> USER_ID = param("user_id", USER_EMAILS.USER_ID);
  static final Param<TokenDigest> DIGEST = param("digest", USER_RECOVERY_TICKETS.TICKET_DIGEST);
  static final Param<Instant> NOW = param("now", USER_RECOVERY_TICKETS.CREATED_AT);
  static final Param<Instant> EXPIRES_AT = param("expires_at", USER_RECOVERY_TICKETS.EXPIRES_AT);

  private static final Condition HAS_DIGEST = USER_RECOVERY_TICKETS.TICKET_DIGEST.eq(DIGEST);

  static final Statement<UserRecoveryTicket> FIND = TICKET.where(HAS_DIGEST);
  static final Statement<ResolvedRecoveryTicket> RESOLVE = resolve();

  static final Statement<Issue> ADD = add();

  /** The account whose ticket it is. Two that use tickets of one account queue up here. */
  static final Statement<UUID> LOCK_USER = lockUser();

  /** For a ticket whose account is locked. */
  static final Statement<Consumption> CONSUME = consume();

  /** Ends the other tickets of the account, as they are after its lock was got. */
  static final Statement<UUID> EXPIRE_OTHERS = expireOthers();

  private UserRecoveryTickets() {}

  /** The ticket, or the facts that tell why there is none. */
  record Issue(
      boolean sessionExists,
      boolean emailExists,
      boolean sessionConsumed,
      boolean addressMatches,
      Optional<UserRecoveryTicket> ticket) {}

  /** The consumed session, or the facts that tell why it is not; if none does, time is over. */
  record Consumption(
      boolean sessionExists,
      boolean ticketExists,
      boolean ticketMatches,
      boolean consumedBefore,
      Optional<UserRecoverySession> session) {}

  private static Statement<ResolvedRecoveryTicket> resolve() {
    int sessions = TICKET.columns().size();
    int emails = sessions + PgUserRecoveryRepository.SESSION.columns().size();
    int users = emails + PgUserEmailRepository.USER_EMAIL.columns().size();
    return new Statement<>(
        select(TICKET.columns())
            .select(PgUserRecoveryRepository.SESSION.columns())
            .select(PgUserEmailRepository.USER_EMAIL.columns())
            .select(PgUserRepository.USER.columns())
            .from(USER_RECOVERY_TICKETS)
            .join(USER_RECOVERY_SESSIONS)
            .on(USER_RECOVERY_SESSIONS.ID.eq(USER_RECOVERY_TICKETS.RECOVERY_SESSION_ID))
            .join(USER_EMAILS)
            .on(USER_EMAILS.ID.eq(USER_RECOVERY_TICKETS.USER_EMAIL_ID))
            .join(USERS)
            .on(USERS.ID.eq(USER_EMAILS.USER_ID))
            .where(HAS_DIGEST),
        row ->
            new ResolvedRecoveryTicket(
                TICKET.read(row),
                PgUserRecoveryRepository.SESSION.read(row, sessions),
                PgUserEmailRepository.USER_EMAIL.read(row, emails),
                PgUserRepository.USER.read(row, users)));
  }

  // The address is locked before the session, as everywhere; counting it first sees to that.
  private static Statement<Issue> add() {
    CommonTableExpression<?> email =
        name("email")
            .as(
                select(USER_EMAILS.ID, USER_EMAILS.EMAIL_FOLDED)
                    .from(USER_EMAILS)
                    .where(USER_EMAILS.ID.eq(EMAIL_ID))
                    .forKeyShare());
    CommonTableExpression<?> session =
        name("session")
            .as(
                select(
                        USER_RECOVERY_SESSIONS.ID,
                        USER_RECOVERY_SESSIONS.EMAIL_FOLDED,
                        USER_RECOVERY_SESSIONS.CONSUMED_AT)
                    .from(USER_RECOVERY_SESSIONS)
                    .where(USER_RECOVERY_SESSIONS.ID.eq(SESSION_ID))
                    .and(selectCount().from(email).asField().ge(0))
                    .forNoKeyUpdate());
    Condition addressMatches =
        columnOf(session, USER_RECOVERY_SESSIONS.EMAIL_FOLDED)
            .eq(columnOf(email, USER_EMAILS.EMAIL_FOLDED));
    CommonTableExpression<?> created =
        name("created")
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
                            .on(addressMatches)
                            .where(columnOf(session, USER_RECOVERY_SESSIONS.CONSUMED_AT).isNull()))
                    .onConflict(USER_RECOVERY_TICKETS.TICKET_DIGEST)
                    .doNothing()
                    .returning(TICKET.columns()));
    int facts = TICKET.columns().size();
    return new Statement<>(
        with(email)
            .with(session)
            .with(created)
            .select(TICKET.ownColumns(created))
            .select(
                columnOf(session, USER_RECOVERY_SESSIONS.ID).isNotNull(),
                columnOf(email, USER_EMAILS.ID).isNotNull(),
                columnOf(session, USER_RECOVERY_SESSIONS.CONSUMED_AT).isNotNull(),
                addressMatches)
            .from(selectOne().asTable("always"))
            .leftJoin(session)
            .on(trueCondition())
            .leftJoin(email)
            .on(trueCondition())
            .leftJoin(created)
            .on(trueCondition()),
        row ->
            new Issue(
                row.get(facts, Boolean.class),
                row.get(facts + 1, Boolean.class),
                row.get(facts + 2, Boolean.class),
                row.find(facts + 3, Boolean.class).orElse(false),
                TICKET.optional(row, 0)));
  }

  private static Statement<UUID> lockUser() {
    CommonTableExpression<?> owner =
        name("owner")
            .as(
                select(USERS.ID)
                    .from(USERS)
                    .where(
                        USERS.ID.eq(
                            select(USER_EMAILS.USER_ID)
                                .from(USER_EMAILS)
                                .join(USER_RECOVERY_TICKETS)
                                .on(USER_RECOVERY_TICKETS.USER_EMAIL_ID.eq(USER_EMAILS.ID))
                                .where(USER_RECOVERY_TICKETS.ID.eq(ID))))
                    .forNoKeyUpdate());
    CommonTableExpression<?> addresses =
        name("addresses")
            .as(
                select(USER_EMAILS.ID)
                    .from(USER_EMAILS)
                    .where(USER_EMAILS.USER_ID.eq(select(columnOf(owner, USERS.ID)).from(owner)))
                    .orderBy(USER_EMAILS.ID)
                    .forKeyShare());
    return new Statement<>(
        with(owner)
            .with(addresses)
            .select(columnOf(owner, USERS.ID), selectCount().from(addresses).asField())
            .from(owner),
        row -> row.get(0, UUID.class));
  }

  // The ticket need not be locked: who holds the account's lock is the only one to change it, and
  // it goes only with its address, which is locked, or with its session.
  private static Statement<Consumption> consume() {
    CommonTableExpression<?> ticket =
        name("ticket")
            .as(
                select(TICKET.columns())
                    .from(USER_RECOVERY_TICKETS)
                    .where(USER_RECOVERY_TICKETS.ID.eq(ID)));
    CommonTableExpression<?> session =
        name("session")
            .as(
                select(USER_RECOVERY_SESSIONS.ID, USER_RECOVERY_SESSIONS.CONSUMED_AT)
                    .from(USER_RECOVERY_SESSIONS)
                    .where(USER_RECOVERY_SESSIONS.ID.eq(SESSION_ID))
                    .forNoKeyUpdate());
    Condition ticketMatches =
        columnOf(ticket, USER_RECOVERY_TICKETS.RECOVERY_SESSION_ID)
            .eq(columnOf(session, USER_RECOVERY_SESSIONS.ID));
    CommonTableExpression<?> consumed =
        name("consumed")
            .as(
                update(USER_RECOVERY_SESSIONS)
                    .set(USER_RECOVERY_SESSIONS.CONSUMED_AT, NOW)
                    .from(session.join(ticket).on(ticketMatches))
                    .where(
                        USER_RECOVERY_SESSIONS.ID.eq(columnOf(session, USER_RECOVERY_SESSIONS.ID)))
                    .and(columnOf(session, USER_RECOVERY_SESSIONS.CONSUMED_AT).isNull())
                    .and(columnOf(ticket, USER_RECOVERY_TICKETS.EXPIRES_AT).gt(NOW))
                    .returning(PgUserRecoveryRepository.SESSION.columns()));
    int facts = PgUserRecoveryRepository.SESSION.columns().size();
    return new Statement<>(
        with(ticket)
            .with(session)
            .with(consumed)
            .select(PgUserRecoveryRepository.SESSION.ownColumns(consumed))
            .select(
                columnOf(session, USER_RECOVERY_SESSIONS.ID).isNotNull(),
                columnOf(ticket, USER_RECOVERY_TICKETS.ID).isNotNull(),
                ticketMatches,
                columnOf(session, USER_RECOVERY_SESSIONS.CONSUMED_AT).isNotNull())
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
                row.find(facts + 2, Boolean.class).orElse(false),
                row.get(facts + 3, Boolean.class),
                PgUserRecoveryRepository.SESSION.optional(row, 0)));
  }

  // Their sessions are held before they are, as a clean-up does.
  private static Statement<UUID> expireOthers() {
    Condition isOther =
        USER_RECOVERY_TICKETS
            .USER_EMAIL_ID
            .in(select(USER_EMAILS.ID).from(USER_EMAILS).where(USER_EMAILS.USER_ID.eq(USER_ID)))
            .and(USER_RECOVERY_TICKETS.ID.ne(ID))
            .and(USER_RECOVERY_TICKETS.EXPIRES_AT.gt(NOW));
    CommonTableExpression<?> sessions =
        name("sessions")
            .as(
                select(USER_RECOVERY_SESSIONS.ID)
                    .from(USER_RECOVERY_SESSIONS)
                    .where(
                        USER_RECOVERY_SESSIONS.ID.in(
                            select(USER_RECOVERY_TICKETS.RECOVERY_SESSION_ID)
                                .from(USER_RECOVERY_TICKETS)
                                .where(isOther)))
                    .orderBy(USER_RECOVERY_SESSIONS.ID)
                    .forKeyShare());
    CommonTableExpression<?> locked =
        name("locked")
            .as(
                select(USER_RECOVERY_TICKETS.ID)
                    .from(USER_RECOVERY_TICKETS)
                    .where(isOther)
                    .and(
                        USER_RECOVERY_TICKETS.RECOVERY_SESSION_ID.eq(
                            DSL.any(
                                DSL.array(
                                    select(columnOf(sessions, USER_RECOVERY_SESSIONS.ID))
                                        .from(sessions)))))
                    .orderBy(USER_RECOVERY_TICKETS.ID)
                    .forNoKeyUpdate());
    return new Statement<>(
        with(sessions)
            .with(locked)
            .update(USER_RECOVERY_TICKETS)
            .set(USER_RECOVERY_TICKETS.EXPIRES_AT, NOW)
            .where(Conditions.among(USER_RECOVERY_TICKETS.ID, locked))
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
