package dev.authstore.storage.pg.user;

import static dev.authstore.storage.pg.internal.Bind.bind;
import static dev.authstore.storage.pg.schema.Tables.USERS;
import static dev.authstore.storage.pg.schema.Tables.USER_EMAILS;
import static dev.authstore.storage.pg.schema.Tables.USER_RECOVERY_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.USER_RECOVERY_TICKETS;
import static org.jooq.impl.DSL.insertInto;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;

import dev.authstore.model.Addresses;
import dev.authstore.model.Folding;
import dev.authstore.model.Texts;
import dev.authstore.model.TokenDigest;
import dev.authstore.model.user.UserEmail;
import dev.authstore.model.user.UserRecoverySession;
import dev.authstore.model.user.UserRecoverySessionStage;
import dev.authstore.model.user.UserRecoveryTicket;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.Inputs;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.internal.CleanupById;
import dev.authstore.storage.pg.internal.Keyset;
import dev.authstore.storage.pg.internal.Projection;
import dev.authstore.storage.pg.internal.Row;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.internal.UnitOfWork;
import dev.authstore.storage.pg.internal.Values;
import dev.authstore.storage.pg.user.RecoveryTickets.Consumption;
import dev.authstore.storage.pg.user.RecoveryTickets.Issue;
import dev.authstore.storage.user.EmailWithUser;
import dev.authstore.storage.user.ResolvedRecoveryTicket;
import dev.authstore.storage.user.UserRecoveryRepository;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.Param;

final class PgUserRecoveryRepository implements UserRecoveryRepository {
  static final Projection<UserRecoverySession> SESSION =
      Projection.of(
          "user_recovery_session",
          USER_RECOVERY_SESSIONS.ID,
          PgUserRecoveryRepository::read,
          USER_RECOVERY_SESSIONS.EMAIL,
          USER_RECOVERY_SESSIONS.USER_AGENT,
          USER_RECOVERY_SESSIONS.IP_ADDRESS,
          USER_RECOVERY_SESSIONS.LOCALE,
          USER_RECOVERY_SESSIONS.CREATED_AT,
          USER_RECOVERY_SESSIONS.CONSUMED_AT);

  private static final int MAX_TICKET_BYTES = 255;
  private static final int MAX_LOCALE_BYTES = 64;

  private static final Param<UUID> ID = param("id", USER_RECOVERY_SESSIONS.ID);
  private static final Param<String> EMAIL = param("email", USER_RECOVERY_SESSIONS.EMAIL);
  private static final Param<String> FOLDED = param("folded", USER_RECOVERY_SESSIONS.EMAIL_FOLDED);
  private static final Param<String> USER_AGENT =
      param("user_agent", USER_RECOVERY_SESSIONS.USER_AGENT);
  private static final Param<String> IP = param("ip", USER_RECOVERY_SESSIONS.IP_ADDRESS);
  private static final Param<String> LOCALE = param("locale", USER_RECOVERY_SESSIONS.LOCALE);
  private static final Param<Instant> NOW = param("now", USER_RECOVERY_SESSIONS.CREATED_AT);

  private static final Condition HAS_SECRET =
      USER_RECOVERY_TICKETS.TICKET_DIGEST.eq(RecoveryTickets.DIGEST);

  private static final Statement<UserRecoverySession> LOOKUP_SESSION =
      SESSION.where(USER_RECOVERY_SESSIONS.ID.eq(ID));

  private static final Statement<UserRecoveryTicket> FIND_TICKET =
      RecoveryTickets.TICKET.where(HAS_SECRET);

  private static final Statement<ResolvedRecoveryTicket> RESOLVE_TICKET =
      new Statement<>(
          select(RecoveryTickets.TICKET.columns())
              .select(SESSION.columns())
              .select(PgUserEmailRepository.USER_EMAIL.columns())
              .select(PgUserRepository.USER.columns())
              .from(USER_RECOVERY_TICKETS)
              .join(USER_RECOVERY_SESSIONS)
              .on(USER_RECOVERY_SESSIONS.ID.eq(USER_RECOVERY_TICKETS.RECOVERY_SESSION_ID))
              .join(USER_EMAILS)
              .on(USER_EMAILS.ID.eq(USER_RECOVERY_TICKETS.USER_EMAIL_ID))
              .join(USERS)
              .on(USERS.ID.eq(USER_EMAILS.USER_ID))
              .where(HAS_SECRET),
          PgUserRecoveryRepository::resolved);

  private static final Statement<UserRecoverySession> ADD_SESSION =
      new Statement<>(
          insertInto(
                  USER_RECOVERY_SESSIONS,
                  USER_RECOVERY_SESSIONS.ID,
                  USER_RECOVERY_SESSIONS.EMAIL,
                  USER_RECOVERY_SESSIONS.EMAIL_FOLDED,
                  USER_RECOVERY_SESSIONS.USER_AGENT,
                  USER_RECOVERY_SESSIONS.IP_ADDRESS,
                  USER_RECOVERY_SESSIONS.LOCALE,
                  USER_RECOVERY_SESSIONS.CREATED_AT)
              .values(ID, EMAIL, FOLDED, USER_AGENT, IP, LOCALE, NOW)
              .returning(SESSION.columns()),
          SESSION::read);

  private static final Projection<EmailWithUser> ADDRESSEE =
      Projection.of(
              "user_email",
              USER_EMAILS.ID,
              PgUserRecoveryRepository::readAddressee,
              USER_EMAILS.USER_ID,
              USER_EMAILS.EMAIL,
              USER_EMAILS.CREATED_AT)
          .joining(PgUserRepository.USER, USERS.ID.eq(USER_EMAILS.USER_ID));

  private static final CleanupById SESSIONS =
      CleanupById.deleting(USER_RECOVERY_SESSIONS.ID, noCondition());

  private final UnitOfWork work;

  PgUserRecoveryRepository(UnitOfWork work) {
    this.work = work;
  }

  @Override
  public Optional<UserRecoverySession> lookupSession(UUID id) {
    return work.read("user_recovery.lookup_session", sql -> sql.find(LOOKUP_SESSION, bind(ID, id)));
  }

  @Override
  public Optional<UserRecoveryTicket> findTicket(String ticket) {
    return found("user_recovery.find_ticket", FIND_TICKET, ticket);
  }

  @Override
  public Optional<ResolvedRecoveryTicket> resolveTicket(String ticket) {
    return found("user_recovery.resolve_ticket", RESOLVE_TICKET, ticket);
  }

  @Override
  public Page<EmailWithUser> listAddressees(UserRecoverySession session, Pagination pagination) {
    Condition isAddressed = USER_EMAILS.EMAIL_FOLDED.eq(Folding.fold(session.email()));
    return work.read(
        "user_recovery.list_addressees",
        sql -> Keyset.page(sql, ADDRESSEE, isAddressed, pagination));
  }

  @Override
  public UserRecoverySession addSession(
      String email, String userAgent, Optional<InetAddress> ipAddress, String locale) {
    String address = Inputs.text("e-mail address", email, PgUserEmailRepository.MAX_EMAIL_BYTES);
    String language = Inputs.text("locale", locale, MAX_LOCALE_BYTES);
    return work.write(
        "user_recovery.add_session",
        sql -> {
          Instant now = work.now();
          return sql.get(
              ADD_SESSION,
              bind(ID, work.newId(now)),
              bind(EMAIL, address),
              bind(FOLDED, Folding.fold(address)),
              bind(USER_AGENT, Texts.advisory(userAgent)),
              bind(IP, ipAddress.map(Addresses::text).orElse(null)),
              bind(LOCALE, language),
              bind(NOW, now));
        });
  }

  @Override
  public UserRecoveryTicket addTicket(
      UserRecoverySession session, UserEmail userEmail, String ticket) {
    return addTicket(session, userEmail, ticket, work.settings().limits().recoveryTicketLifetime());
  }

  @Override
  public UserRecoveryTicket addTicket(
      UserRecoverySession session, UserEmail userEmail, String ticket, Duration lifetime) {
    Duration validity = Inputs.lifetime("ticket lifetime", lifetime);
    TokenDigest digest = TokenDigest.of(Inputs.text("ticket", ticket, MAX_TICKET_BYTES));
    Issue issue =
        work.write(
            "user_recovery.add_ticket",
            sql -> {
              Instant now = work.now();
              return sql.get(
                  RecoveryTickets.ISSUE,
                  bind(RecoveryTickets.ID, work.newId(now)),
                  bind(RecoveryTickets.SESSION_ID, session.id()),
                  bind(RecoveryTickets.EMAIL_ID, userEmail.id()),
                  bind(RecoveryTickets.DIGEST, digest),
                  bind(RecoveryTickets.NOW, now),
                  bind(RecoveryTickets.EXPIRES_AT, now.plus(validity)));
            });
    return issue.issued().orElseThrow(() -> refused(issue, session, userEmail));
  }

  @Override
  public UserRecoverySession consumeTicket(UserRecoveryTicket ticket, UserRecoverySession session) {
    if (!ticket.recoverySessionId().equals(session.id())) {
      throw new InvalidInputException("the ticket is another session's");
    }
    return work.atomic(
        "user_recovery.consume_ticket",
        sql -> {
          Instant now = work.now();
          sql.get(RecoveryTickets.LOCK_ACCOUNT, bind(RecoveryTickets.ID, ticket.id()));
          Consumption consumption =
              sql.get(
                  RecoveryTickets.CONSUME,
                  bind(RecoveryTickets.ID, ticket.id()),
                  bind(RecoveryTickets.SESSION_ID, session.id()),
                  bind(RecoveryTickets.NOW, now));
          UserRecoverySession consumed =
              consumption.consumed().orElseThrow(() -> refused(consumption, ticket, session));
          sql.list(
              RecoveryTickets.EXPIRE_SIBLINGS,
              bind(RecoveryTickets.ID, ticket.id()),
              bind(RecoveryTickets.EMAIL_ID, ticket.userEmailId()),
              bind(RecoveryTickets.NOW, now));
          return consumed;
        });
  }

  @Override
  public CleanupResult<UUID> cleanup(Optional<UUID> since, UUID until, int limit) {
    return work.write(
        "user_recovery.cleanup", sql -> SESSIONS.run(sql, since, until, limit, work.now()));
  }

  private <T> Optional<T> found(String operation, Statement<T> statement, String ticket) {
    if (!Texts.isStorable(ticket, MAX_TICKET_BYTES)) {
      return Optional.empty();
    }
    return work.read(
        operation,
        sql -> sql.find(statement, bind(RecoveryTickets.DIGEST, TokenDigest.of(ticket))));
  }

  private static StorageException refused(
      Issue issue, UserRecoverySession session, UserEmail userEmail) {
    if (!issue.sessionExists()) {
      return new NotFoundException(SESSION.aggregate(), session.id());
    }
    if (!issue.emailExists()) {
      return new NotFoundException(PgUserEmailRepository.USER_EMAIL.aggregate(), userEmail.id());
    }
    if (issue.sessionConsumed()) {
      return new InvalidStateException(SESSION.aggregate(), session.id(), StateReason.CONSUMED);
    }
    return issue.emailMatches()
        ? new ConflictException(ConflictKind.TICKET_TAKEN)
        : new InvalidStateException(SESSION.aggregate(), session.id(), StateReason.WRONG_EMAIL);
  }

  private static StorageException refused(
      Consumption consumption, UserRecoveryTicket ticket, UserRecoverySession session) {
    if (!consumption.sessionExists()) {
      return new NotFoundException(SESSION.aggregate(), session.id());
    }
    if (!consumption.ticketExists()) {
      return new NotFoundException(RecoveryTickets.TICKET.aggregate(), ticket.id());
    }
    return consumption.sessionConsumed()
        ? new InvalidStateException(SESSION.aggregate(), session.id(), StateReason.CONSUMED)
        : new InvalidStateException(
            RecoveryTickets.TICKET.aggregate(), ticket.id(), StateReason.EXPIRED);
  }

  private static ResolvedRecoveryTicket resolved(Values row) {
    int session = RecoveryTickets.TICKET.columns().size();
    int email = session + SESSION.columns().size();
    int user = email + PgUserEmailRepository.USER_EMAIL.columns().size();
    return new ResolvedRecoveryTicket(
        RecoveryTickets.TICKET.read(row),
        SESSION.read(row, session),
        PgUserEmailRepository.USER_EMAIL.read(row, email),
        PgUserRepository.USER.read(row, user));
  }

  private static EmailWithUser readAddressee(Row row) {
    return new EmailWithUser(PgUserEmailRepository.read(row), row.joined(PgUserRepository.USER));
  }

  private static UserRecoverySession read(Row row) {
    UserRecoverySessionStage stage =
        row.find(USER_RECOVERY_SESSIONS.CONSUMED_AT)
            .<UserRecoverySessionStage>map(UserRecoverySessionStage.Consumed::new)
            .orElseGet(UserRecoverySessionStage.Pending::new);
    return new UserRecoverySession(
        row.get(USER_RECOVERY_SESSIONS.ID),
        row.get(USER_RECOVERY_SESSIONS.EMAIL),
        row.get(USER_RECOVERY_SESSIONS.USER_AGENT),
        row.findDecoded(USER_RECOVERY_SESSIONS.IP_ADDRESS, Addresses::parse),
        row.get(USER_RECOVERY_SESSIONS.LOCALE),
        row.get(USER_RECOVERY_SESSIONS.CREATED_AT),
        stage);
  }
}
