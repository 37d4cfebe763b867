package dev.authstore.storage.pg.user;

import static dev.authstore.storage.pg.internal.Bind.bind;
import static dev.authstore.storage.pg.internal.Conditions.notExists;
import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static dev.authstore.storage.pg.schema.Tables.USERS;
import static dev.authstore.storage.pg.schema.Tables.USER_EMAILS;
import static org.jooq.impl.DSL.deleteFrom;
import static org.jooq.impl.DSL.insertInto;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectOne;
import static org.jooq.impl.DSL.trueCondition;
import static org.jooq.impl.DSL.with;

import dev.authstore.model.Folding;
import dev.authstore.model.Texts;
import dev.authstore.model.TokenDigest;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSession;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.model.user.UserEmail;
import dev.authstore.model.user.UserEmailAuthentication;
import dev.authstore.model.user.UserEmailAuthenticationCode;
import dev.authstore.model.user.UserRegistration;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.Inputs;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.internal.AdvisoryLock;
import dev.authstore.storage.pg.internal.Conditions;
import dev.authstore.storage.pg.internal.Keyset;
import dev.authstore.storage.pg.internal.Projection;
import dev.authstore.storage.pg.internal.Row;
import dev.authstore.storage.pg.internal.Sql;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.internal.UnitOfWork;
import dev.authstore.storage.pg.user.UserEmailAuthentications.Completion;
import dev.authstore.storage.pg.user.UserEmailAuthentications.Creation;
import dev.authstore.storage.user.CodeAttempt;
import dev.authstore.storage.user.UserEmailFilter;
import dev.authstore.storage.user.UserEmailRepository;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Param;

final class PgUserEmailRepository implements UserEmailRepository {
  static final Projection<UserEmail> USER_EMAIL =
      Projection.of(
          "user_email",
          USER_EMAILS.ID,
          PgUserEmailRepository::read,
          USER_EMAILS.USER_ID,
          USER_EMAILS.EMAIL,
          USER_EMAILS.CREATED_AT);

  static final int MAX_EMAIL_BYTES = 320;

  private static final int MAX_CODE_BYTES = 64;

  private static final Param<UUID> ID = param("id", USER_EMAILS.ID);
  private static final Param<UUID> USER_ID = param("user_id", USER_EMAILS.USER_ID);
  private static final Param<String> EMAIL = param("email", USER_EMAILS.EMAIL);
  private static final Param<String> FOLDED = param("folded", USER_EMAILS.EMAIL_FOLDED);
  private static final Param<Instant> NOW = param("now", USER_EMAILS.CREATED_AT);

  private static final Condition IS_ADDRESSED = USER_EMAILS.ID.eq(ID);
  private static final Condition IS_OF_USER = USER_EMAILS.USER_ID.eq(USER_ID);
  private static final Condition HAS_ADDRESS = USER_EMAILS.EMAIL_FOLDED.eq(FOLDED);

  private static final Statement<UserEmail> LOOKUP = USER_EMAIL.where(IS_ADDRESSED);
  private static final Statement<UserEmail> FIND = USER_EMAIL.where(IS_OF_USER.and(HAS_ADDRESS));

  // Two rows are enough to see that there are several.
  private static final Statement<UserEmail> FIND_BY_EMAIL =
      new Statement<>(
          select(USER_EMAIL.columns()).from(USER_EMAILS).where(HAS_ADDRESS).limit(2),
          USER_EMAIL::read);

  private static final Statement<UserEmail> ALL =
      new Statement<>(
          select(USER_EMAIL.columns())
              .from(USER_EMAILS)
              .where(IS_OF_USER)
              .orderBy(USER_EMAILS.EMAIL_FOLDED, USER_EMAILS.ID),
          USER_EMAIL::read);

  private static final Statement<Optional<UserEmail>> ADD = adding(noCondition());
  private static final Statement<Optional<UserEmail>> ADD_IF_UNUSED =
      adding(notExists(selectOne().from(USER_EMAILS).where(HAS_ADDRESS)));

  private static final Statement<UUID> REMOVE =
      new Statement<>(
          deleteFrom(USER_EMAILS).where(IS_ADDRESSED).returning(USER_EMAILS.ID),
          row -> row.get(0, UUID.class));

  private final UnitOfWork work;

  PgUserEmailRepository(UnitOfWork work) {
    this.work = work;
  }

  @Override
  public Optional<UserEmail> lookup(UUID id) {
    return work.read("user_email.lookup", sql -> sql.find(LOOKUP, bind(ID, id)));
  }

  @Override
  public Optional<UserEmail> find(User user, String email) {
    if (!Texts.isStorable(email, MAX_EMAIL_BYTES)) {
      return Optional.empty();
    }
    return work.read(
        "user_email.find",
        sql -> sql.find(FIND, bind(USER_ID, user.id()), bind(FOLDED, Folding.fold(email))));
  }

  @Override
  public Optional<UserEmail> findByEmail(String email) {
    if (!Texts.isStorable(email, MAX_EMAIL_BYTES)) {
      return Optional.empty();
    }
    List<UserEmail> found =
        work.read(
            "user_email.find_by_email",
            sql -> sql.list(FIND_BY_EMAIL, bind(FOLDED, Folding.fold(email))));
    return found.size() == 1 ? Optional.of(found.get(0)) : Optional.empty();
  }

  @Override
  public List<UserEmail> all(User user) {
    return work.read("user_email.all", sql -> sql.list(ALL, bind(USER_ID, user.id())));
  }

  @Override
  public Page<UserEmail> list(UserEmailFilter filter, Pagination pagination) {
    return work.read(
        "user_email.list", sql -> Keyset.page(sql, USER_EMAIL, matching(filter), pagination));
  }

  @Override
  public long count(UserEmailFilter filter) {
    return work.read("user_email.count", sql -> Keyset.count(sql, USER_EMAIL, matching(filter)));
  }

  @Override
  public UserEmail add(User user, String email) {
    String address = Inputs.text("e-mail address", email, MAX_EMAIL_BYTES);
    return work.write("user_email.add", sql -> added(sql, ADD, user, address));
  }

  @Override
  public UserEmail addIfUnused(User user, String email) {
    String address = Inputs.text("e-mail address", email, MAX_EMAIL_BYTES);
    return work.atomic(
        "user_email.add_if_unused",
        sql -> {
          AdvisoryLock.EMAIL.take(sql, Folding.fold(address));
          return added(sql, ADD_IF_UNUSED, user, address);
        });
  }

  @Override
  public void remove(UserEmail userEmail) {
    Optional<UUID> removed =
        work.write("user_email.remove", sql -> sql.find(REMOVE, bind(ID, userEmail.id())));
    if (removed.isEmpty()) {
      throw new NotFoundException(USER_EMAIL.aggregate(), userEmail.id());
    }
  }

  @Override
  public int removeBulk(UserEmailFilter filter) {
    if (filter.isEmpty()) {
      throw new InvalidInputException("a filter without a criterion would delete everything");
    }
    return work.write(
        "user_email.remove_bulk",
        sql -> {
          // in the order of the ids, so that two of these never wait for each other in a circle
          CommonTableExpression<?> doomed =
              name("doomed")
                  .as(
                      select(USER_EMAILS.ID)
                          .from(USER_EMAILS)
                          .where(matching(filter))
                          .orderBy(USER_EMAILS.ID)
                          .forUpdate());
          return sql.dsl()
              .with(doomed)
              .delete(USER_EMAILS)
              .where(Conditions.among(USER_EMAILS.ID, doomed))
              .execute();
        });
  }

  @Override
  public Optional<UserEmailAuthentication> lookupAuthentication(UUID id) {
    return work.read(
        "user_email.lookup_authentication",
        sql -> sql.find(UserEmailAuthentications.LOOKUP, bind(UserEmailAuthentications.ID, id)));
  }

  @Override
  public Optional<UserEmailAuthenticationCode> findAuthenticationCode(
      UserEmailAuthentication authentication, String code) {
    if (!Texts.isStorable(code, MAX_CODE_BYTES)) {
      return Optional.empty();
    }
    return work.read(
        "user_email.find_authentication_code",
        sql ->
            sql.find(
                UserEmailAuthentications.FIND_CODE,
                bind(UserEmailAuthentications.ID, authentication.id()),
                bind(UserEmailAuthentications.DIGEST, digest(authentication, code)),
                bind(UserEmailAuthentications.MAXIMUM, maximum())));
  }

  @Override
  public UserEmailAuthentication addAuthenticationForSession(BrowserSession session, String email) {
    String address = Inputs.text("e-mail address", email, MAX_EMAIL_BYTES);
    return work.write(
            "user_email.add_authentication_for_session",
            sql ->
                begun(
                    sql,
                    UserEmailAuthentications.ADD_FOR_SESSION,
                    "browser_session",
                    session.id(),
                    address))
        .orElseThrow(
            () ->
                new InvalidStateException(
                    "browser_session", session.id(), StateReason.SESSION_FINISHED));
  }

  @Override
  public UserEmailAuthentication addAuthenticationForRegistration(
      UserRegistration registration, String email) {
    String address = Inputs.text("e-mail address", email, MAX_EMAIL_BYTES);
    return work.write(
            "user_email.add_authentication_for_registration",
            sql ->
                begun(
                    sql,
                    UserEmailAuthentications.ADD_FOR_REGISTRATION,
                    "user_registration",
                    registration.id(),
                    address))
        .orElseThrow(
            () ->
                new InvalidStateException(
                    "user_registration", registration.id(), StateReason.COMPLETED));
  }

  @Override
  public UserEmailAuthenticationCode addAuthenticationCode(
      UserEmailAuthentication authentication, String code, Duration validity) {
    String text = Inputs.text("code", code, MAX_CODE_BYTES);
    Duration lifetime = Inputs.lifetime("validity", validity);
    return work.write(
        "user_email.add_authentication_code",
        sql -> {
          Instant now = work.now();
          Creation creation =
              sql.find(
                      UserEmailAuthentications.ADD_CODE,
                      bind(UserEmailAuthentications.ID, authentication.id()),
                      bind(UserEmailAuthentications.CODE_ID, work.newId(now)),
                      bind(UserEmailAuthentications.DIGEST, digest(authentication, text)),
                      bind(UserEmailAuthentications.NOW, now),
                      bind(UserEmailAuthentications.EXPIRES_AT, now.plus(lifetime)),
                      bind(UserEmailAuthentications.MAXIMUM, maximum()))
                  .orElseThrow(() -> gone(authentication));
          requireOpen(creation.authentication());
          return creation
              .code()
              .orElseThrow(() -> new ConflictException(ConflictKind.EMAIL_CODE_TAKEN));
        });
  }

  @Override
  public CodeAttempt tryAuthenticationCode(UserEmailAuthentication authentication, String code) {
    return work.atomic(
        "user_email.try_authentication_code",
        sql -> {
          UserEmailAuthentication locked =
              sql.find(
                      UserEmailAuthentications.LOCK,
                      bind(UserEmailAuthentications.ID, authentication.id()))
                  .orElseThrow(() -> gone(authentication));
          if (locked.isCompleted()) {
            return new CodeAttempt.AlreadyCompleted();
          }
          int left = locked.attemptsLeft(maximum());
          return left == 0 ? new CodeAttempt.Exhausted() : attempt(sql, locked, code, left);
        });
  }

  @Override
  public UserEmailAuthentication completeAuthenticationWithCode(
      UserEmailAuthentication authentication, UserEmailAuthenticationCode code) {
    if (!code.authenticationId().equals(authentication.id())) {
      throw new InvalidInputException("the code is another authentication's");
    }
    return work.atomic(
        "user_email.complete_authentication_with_code",
        sql -> {
          Completion completion =
              complete(sql, UserEmailAuthentications.COMPLETE_WITH_CODE, authentication, code.id());
          if (!completion.proofExists()) {
            throw new NotFoundException(UserEmailAuthentications.CODE.aggregate(), code.id());
          }
          return completion
              .after()
              .orElseThrow(
                  () ->
                      new InvalidStateException(
                          UserEmailAuthentications.CODE.aggregate(),
                          code.id(),
                          StateReason.EXPIRED));
        });
  }

  @Override
  public UserEmailAuthentication completeAuthenticationWithUpstream(
      UserEmailAuthentication authentication, UpstreamOAuthAuthorizationSession upstreamSession) {
    return work.atomic(
        "user_email.complete_authentication_with_upstream",
        sql ->
            complete(
                    sql,
                    UserEmailAuthentications.COMPLETE_WITH_UPSTREAM,
                    authentication,
                    upstreamSession.id())
                .after()
                .orElseThrow(
                    () ->
                        new NotFoundException(
                            "upstream_oauth_authorization_session", upstreamSession.id())));
  }

  @Override
  public CleanupResult<UUID> cleanupAuthentications(Optional<UUID> since, UUID until, int limit) {
    return work.write(
        "user_email.cleanup_authentications",
        sql -> UserEmailAuthentications.CLEANUP.run(sql, since, until, limit, work.now()));
  }

  private UserEmail added(
      Sql sql, Statement<Optional<UserEmail>> statement, User user, String address) {
    Instant now = work.now();
    return sql.find(
            statement,
            bind(ID, work.newId(now)),
            bind(USER_ID, user.id()),
            bind(EMAIL, address),
            bind(FOLDED, Folding.fold(address)),
            bind(NOW, now))
        .orElseThrow(() -> new NotFoundException("user", user.id()))
        .orElseThrow(() -> new ConflictException(ConflictKind.EMAIL_TAKEN));
  }

  private Optional<UserEmailAuthentication> begun(
      Sql sql,
      Statement<Optional<UserEmailAuthentication>> statement,
      String origin,
      UUID originId,
      String email) {
    Instant now = work.now();
    return sql.find(
            statement,
            bind(UserEmailAuthentications.ORIGIN_ID, originId),
            bind(UserEmailAuthentications.ID, work.newId(now)),
            bind(UserEmailAuthentications.EMAIL, email),
            bind(UserEmailAuthentications.NOW, now))
        .orElseThrow(() -> new NotFoundException(origin, originId));
  }

  // Text that no code can be has no digest, and is as wrong as any other.
  private CodeAttempt attempt(
      Sql sql, UserEmailAuthentication authentication, String code, int left) {
    Instant now = work.now();
    Optional<UserEmailAuthenticationCode> found =
        sql.get(
            UserEmailAuthentications.TRY,
            bind(UserEmailAuthentications.ID, authentication.id()),
            bind(
                UserEmailAuthentications.DIGEST,
                Texts.isStorable(code, MAX_CODE_BYTES) ? digest(authentication, code) : null));
    return found
        .map(
            stored ->
                stored.isExpired(now)
                    ? new CodeAttempt.Expired(stored)
                    : new CodeAttempt.Matched(stored))
        .orElseGet(() -> new CodeAttempt.Wrong(left - 1));
  }

  /** Refuses what the authentication forbids; what the proof forbids is left to the caller. */
  private Completion complete(
      Sql sql,
      Statement<Completion> statement,
      UserEmailAuthentication authentication,
      UUID proofId) {
    Completion completion =
        sql.find(
                statement,
                bind(UserEmailAuthentications.ID, authentication.id()),
                bind(UserEmailAuthentications.PROOF_ID, proofId),
                bind(UserEmailAuthentications.NOW, work.now()),
                bind(UserEmailAuthentications.MAXIMUM, maximum()))
            .orElseThrow(() -> gone(authentication));
    requireOpen(completion.before());
    if (completion.after().isPresent()) {
      sql.list(
          UserEmailAuthentications.DELETE_CODES,
          bind(UserEmailAuthentications.ID, authentication.id()));
    }
    return completion;
  }

  private void requireOpen(UserEmailAuthentication stored) {
    if (stored.isCompleted()) {
      throw refused(stored, StateReason.COMPLETED);
    }
    if (stored.attemptsLeft(maximum()) == 0) {
      throw refused(stored, StateReason.ATTEMPTS_EXHAUSTED);
    }
  }

  private TokenDigest digest(UserEmailAuthentication authentication, String code) {
    return EmailCodeDigest.of(work.settings().keys(), authentication.id(), code);
  }

  private int maximum() {
    return work.settings().limits().emailCodeAttempts();
  }

  private static NotFoundException gone(UserEmailAuthentication authentication) {
    return new NotFoundException(
        UserEmailAuthentications.AUTHENTICATION.aggregate(), authentication.id());
  }

  private static InvalidStateException refused(
      UserEmailAuthentication authentication, StateReason reason) {
    return new InvalidStateException(
        UserEmailAuthentications.AUTHENTICATION.aggregate(), authentication.id(), reason);
  }

  // No row: no user. A row without an address: the address was taken, or the condition did not
  // hold.
  private static Statement<Optional<UserEmail>> adding(Condition condition) {
    CommonTableExpression<?> parent =
        name("parent").as(select(USERS.ID).from(USERS).where(USERS.ID.eq(USER_ID)).forKeyShare());
    CommonTableExpression<?> created =
        name("created")
            .as(
                insertInto(
                        USER_EMAILS,
                        USER_EMAILS.ID,
                        USER_EMAILS.USER_ID,
                        USER_EMAILS.EMAIL,
                        USER_EMAILS.EMAIL_FOLDED,
                        USER_EMAILS.CREATED_AT)
                    .select(
                        select(ID, columnOf(parent, USERS.ID), EMAIL, FOLDED, NOW)
                            .from(parent)
                            .where(condition))
                    .onConflict(USER_EMAILS.USER_ID, USER_EMAILS.EMAIL_FOLDED)
                    .doNothing()
                    .returning(USER_EMAIL.columns()));
    return new Statement<>(
        with(parent)
            .with(created)
            .select(USER_EMAIL.ownColumns(created))
            .from(parent)
            .leftJoin(created)
            .on(trueCondition()),
        row -> USER_EMAIL.optional(row, 0));
  }

  private static Condition matching(UserEmailFilter filter) {
    return Conditions.all(
        filter.user().map(USER_EMAILS.USER_ID::eq),
        filter
            .email()
            .map(
                email ->
                    Conditions.equalsFolded(USER_EMAILS.EMAIL_FOLDED, email, MAX_EMAIL_BYTES)));
  }

  static UserEmail read(Row row) {
    return new UserEmail(
        row.get(USER_EMAILS.ID),
        row.get(USER_EMAILS.USER_ID),
        row.get(USER_EMAILS.EMAIL),
        row.get(USER_EMAILS.CREATED_AT));
  }
}
