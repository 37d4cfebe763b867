package dev.authstore.storage.pg.user;

import static dev.authstore.storage.pg.internal.Bind.bind;
import static dev.authstore.storage.pg.schema.Tables.USERS;
import static dev.authstore.storage.pg.schema.Tables.USER_EMAILS;
import static dev.authstore.storage.pg.schema.Tables.USER_RECOVERY_SESSIONS;
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
import dev.authstore.storage.pg.internal.Sql;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.internal.UnitOfWork;
import dev.authstore.storage.pg.user.UserRecoveryTickets.Consumption;
import dev.authstore.storage.pg.user.UserRecoveryTickets.Issue;
import dev.authstore.storage.user.EmailWithUser;
import dev.authstore.storage.user.ResolvedRecoveryTicket;
import dev.authstore.storage.user.UserRecoveryRepository;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
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

  private static final Projection<EmailWithUser> RECIPIENT =
      Projection.of(
              "user_email",
              USER_EMAILS.ID,
              PgUserRecoveryRepository::readRecipient,
              USER_EMAILS.USER_ID,
              USER_EMAILS.EMAIL,
              USER_EMAILS.CREATED_AT)
          .joining(PgUserRepository.USER, USERS.ID.eq(USER_EMAILS.USER_ID));

  private static final int MAX_LOCALE_BYTES = 64;
  private static final int MAX_TICKET_BYTES = 255;

  private static final Param<UUID> ID = param("id", USER_RECOVERY_SESSIONS.ID);
  private static final Param<String> EMAIL = param("email", USER_RECOVERY_SESSIONS.EMAIL);
  private static final Param<String> FOLDED = param("folded", USER_RECOVERY_SESSIONS.EMAIL_FOLDED);
  private static final Param<String> USER_AGENT =
      param("user_agent", USER_RECOVERY_SESSIONS.USER_AGENT);
  private static final Param<String> IP = param("ip", USER_RECOVERY_SESSIONS.IP_ADDRESS);
  private static final Param<String> LOCALE = param("locale", USER_RECOVERY_SESSIONS.LOCALE);
  private static final Param<Instant> NOW = param("now", USER_RECOVERY_SESSIONS.CREATED_AT);

  private static final Statement<UserRecoverySession> LOOKUP_SESSION =
      SESSION.where(USER_RECOVERY_SESSIONS.ID.eq(ID));

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

  private static final CleanupById CLEANUP =
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
    return found("user_recovery.find_ticket", UserRecoveryTickets.FIND, ticket);
  }

  @Override
  public Optional<ResolvedRecoveryTicket> resolveTicket(String ticket) {
    return found("user_recovery.resolve_ticket", UserRecoveryTickets.RESOLVE, ticket);
  }

  @Override
  public Page<EmailWithUser> listRecipients(UserRecoverySession session, Pagination pagination) {
    return work.read(
        "user_recovery.list_recipients",
        sql ->
            Keyset.page(
                sql,
                RECIPIENT,
                USER_EMAILS.EMAIL_FOLDED.eq(
                    select(USER_RECOVERY_SESSIONS.EMAIL_FOLDED)
                        .from(USER_RECOVERY_SESSIONS)
                        .where(USER_RECOVERY_SESSIONS.ID.eq(session.id()))),
                pagination));
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
      UserRecoverySession session, UserEmail userEmail, String ticket, Duration validity) {
    TokenDigest digest = TokenDigest.of(Inputs.text("recovery ticket", ticket, MAX_TICKET_BYTES));
    Duration lifetime = Inputs.lifetime("validity", validity);
    Issue issue =
        work.write(
            "user_recovery.add_ticket",
            sql -> {
              Instant now = work.now();
              return sql.get(
                  UserRecoveryTickets.ADD,
                  bind(UserRecoveryTickets.ID, work.newId(now)),
                  bind(UserRecoveryTickets.SESSION_ID, session.id()),
                  bind(UserRecoveryTickets.EMAIL_ID, userEmail.id()),
                  bind(UserRecoveryTickets.DIGEST, digest),
                  bind(UserRecoveryTickets.NOW, now),
                  bind(UserRecoveryTickets.EXPIRES_AT, now.plus(lifetime)));
            });
    return issue.ticket().orElseThrow(() -> refusal(issue, session, userEmail));
  }

  @Override
  public UserRecoverySession consumeTicket(UserRecoveryTicket ticket, UserRecoverySession session) {
    if (!ticket.recoverySessionId().equals(session.id())) {
      throw new InvalidInputException("the ticket is another session's");
    }
    return work.atomic(
        "user_recovery.consume_ticket",
        sql -> {
          UUID userId =
              sql.find(UserRecoveryTickets.LOCK_USER, bind(UserRecoveryTickets.ID, ticket.id()))
                  .orElseThrow(() -> gone(sql, ticket, session));
          Instant now = work.now(); // behind the lock: what it waited for has not happened later
          Consumption consumption =
              sql.get(
                  UserRecoveryTickets.CONSUME,
                  bind(UserRecoveryTickets.ID, ticket.id()),
                  bind(UserRecoveryTickets.SESSION_ID, session.id()),
                  bind(UserRecoveryTickets.NOW, now));
          UserRecoverySession consumed =
              consumption.session().orElseThrow(() -> refusal(consumption, ticket, session));
          sql.list(
              UserRecoveryTickets.EXPIRE_OTHERS,
              bind(UserRecoveryTickets.ID, ticket.id()),
              bind(UserRecoveryTickets.USER_ID, userId),
              bind(UserRecoveryTickets.NOW, now));
          return consumed;
        });
  }

  @Override
  public CleanupResult<UUID> cleanup(Optional<UUID> since, UUID until, int limit) {
    return work.write(
        "user_recovery.cleanup", sql -> CLEANUP.run(sql, since, until, limit, work.now()));
  }

  private <T> Optional<T> found(String operation, Statement<T> statement, String ticket) {
    if (!Texts.isStorable(ticket, MAX_TICKET_BYTES)) {
      return Optional.empty();
    }
    return work.read(
        operation,
        sql -> sql.find(statement, bind(UserRecoveryTickets.DIGEST, TokenDigest.of(ticket))));
  }

  private static StorageException refusal(
      Issue issue, UserRecoverySession session, UserEmail userEmail) {
    if (!issue.sessionExists()) {
      return gone(session);
    }
    if (!issue.emailExists()) {
      return new NotFoundException(PgUserEmailRepository.USER_EMAIL.aggregate(), userEmail.id());
    }
    if (issue.sessionConsumed()) {
      return refused(session, StateReason.CONSUMED);
    }
    return issue.addressMatches()
        ? new ConflictException(ConflictKind.RECOVERY_TICKET_TAKEN)
        : refused(session, StateReason.WRONG_EMAIL);
  }

  private static StorageException refusal(
      Consumption consumption, UserRecoveryTicket ticket, UserRecoverySession session) {
    if (!consumption.sessionExists()) {
      return gone(session);
    }
    if (!consumption.ticketExists()) {
      return gone(ticket);
    }
    if (!consumption.ticketMatches()) {
      return refused(ticket, StateReason.WRONG_SESSION);
    }
    return consumption.consumedBefore()
        ? refused(session, StateReason.CONSUMED)
        : refused(ticket, StateReason.EXPIRED);
  }

  private static NotFoundException gone(
      Sql sql, UserRecoveryTicket ticket, UserRecoverySession session) {
    return sql.find(LOOKUP_SESSION, bind(ID, session.id())).isPresent()
        ? gone(ticket)
        : gone(session);
  }

  private static NotFoundException gone(UserRecoverySession session) {
    return new NotFoundException(SESSION.aggregate(), session.id());
  }

  private static NotFoundException gone(UserRecoveryTicket ticket) {
    return new NotFoundException(UserRecoveryTickets.TICKET.aggregate(), ticket.id());
  }

  private static InvalidStateException refused(UserRecoverySession session, StateReason reason) {
    return new InvalidStateException(SESSION.aggregate(), session.id(), reason);
  }

  private static InvalidStateException refused(UserRecoveryTicket ticket, StateReason reason) {
    return new InvalidStateException(UserRecoveryTickets.TICKET.aggregate(), ticket.id(), reason);
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

  private static EmailWithUser readRecipient(Row row) {
    return new EmailWithUser(PgUserEmailRepository.read(row), row.joined(PgUserRepository.USER));
  }
}
