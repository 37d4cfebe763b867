package dev.authstore.storage.pg.user;

import static dev.authstore.storage.pg.internal.Bind.bind;
import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static dev.authstore.storage.pg.schema.Tables.USER_EMAIL_AUTHENTICATIONS;
import static dev.authstore.storage.pg.schema.Tables.USER_REGISTRATIONS;
import static dev.authstore.storage.pg.schema.Tables.USER_REGISTRATION_TOKENS;
import static org.jooq.impl.DSL.count;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.insertInto;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.update;
import static org.jooq.impl.DSL.with;

import dev.authstore.model.Addresses;
import dev.authstore.model.Ids;
import dev.authstore.model.Json;
import dev.authstore.model.Texts;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSession;
import dev.authstore.model.user.EmailAuthenticationOrigin;
import dev.authstore.model.user.RegistrationPassword;
import dev.authstore.model.user.UserEmailAuthentication;
import dev.authstore.model.user.UserRegistration;
import dev.authstore.model.user.UserRegistrationStage;
import dev.authstore.model.user.UserRegistrationToken;
import dev.authstore.storage.Inputs;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.pg.internal.Bind;
import dev.authstore.storage.pg.internal.CleanupById;
import dev.authstore.storage.pg.internal.Conditions;
import dev.authstore.storage.pg.internal.Projection;
import dev.authstore.storage.pg.internal.Row;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.internal.StoredUri;
import dev.authstore.storage.pg.internal.UnitOfWork;
import dev.authstore.storage.pg.user.UserRegistrationChanges.Completion;
import dev.authstore.storage.pg.user.UserRegistrationChanges.Verdict;
import dev.authstore.storage.user.RegistrationBundle;
import dev.authstore.storage.user.UserRegistrationRepository;
import java.net.InetAddress;
import java.net.URI;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Param;
import org.jooq.impl.SQLDataType;

final class PgUserRegistrationRepository implements UserRegistrationRepository {
  static final Projection<UserRegistration> REGISTRATION =
      Projection.of(
          "user_registration",
          USER_REGISTRATIONS.ID,
          PgUserRegistrationRepository::read,
          USER_REGISTRATIONS.USERNAME,
          USER_REGISTRATIONS.DISPLAY_NAME,
          USER_REGISTRATIONS.TERMS_URL,
          USER_REGISTRATIONS.EMAIL_AUTHENTICATION_ID,
          USER_REGISTRATIONS.REGISTRATION_TOKEN_ID,
          USER_REGISTRATIONS.HASHED_PASSWORD,
          USER_REGISTRATIONS.PASSWORD_VERSION,
          USER_REGISTRATIONS.UPSTREAM_SESSION_ID,
          USER_REGISTRATIONS.POST_AUTH_ACTION,
          USER_REGISTRATIONS.IP_ADDRESS,
          USER_REGISTRATIONS.USER_AGENT,
          USER_REGISTRATIONS.CREATED_AT,
          USER_REGISTRATIONS.COMPLETED_AT);

  private static final int MAX_DISPLAY_NAME_BYTES = 1024;
  private static final int MAX_URL_BYTES = 2000;

  private static final Param<UUID> ID = param("id", USER_REGISTRATIONS.ID);
  private static final Param<String> USERNAME = param("username", USER_REGISTRATIONS.USERNAME);
  private static final Param<String> IP = param("ip", USER_REGISTRATIONS.IP_ADDRESS);
  private static final Param<String> USER_AGENT =
      param("user_agent", USER_REGISTRATIONS.USER_AGENT);
  private static final Param<String> ACTION = param("action", USER_REGISTRATIONS.POST_AUTH_ACTION);
  private static final Param<Instant> NOW = param("now", USER_REGISTRATIONS.CREATED_AT);
  private static final Param<UUID> BOUND = param("bound", USER_REGISTRATIONS.ID);
  private static final Param<Integer> LIMIT = param("limit", SQLDataType.INTEGER);

  private static final Condition IS_ADDRESSED = USER_REGISTRATIONS.ID.eq(ID);

  private static final Statement<UserRegistration> LOOKUP = REGISTRATION.where(IS_ADDRESSED);
  private static final Statement<RegistrationBundle> LOAD = load();

  private static final Statement<UserRegistration> ADD =
      new Statement<>(
          insertInto(
                  USER_REGISTRATIONS,
                  USER_REGISTRATIONS.ID,
                  USER_REGISTRATIONS.USERNAME,
                  USER_REGISTRATIONS.IP_ADDRESS,
                  USER_REGISTRATIONS.USER_AGENT,
                  USER_REGISTRATIONS.POST_AUTH_ACTION,
                  USER_REGISTRATIONS.CREATED_AT)
              .values(ID, USERNAME, IP, USER_AGENT, ACTION, NOW)
              .returning(REGISTRATION.columns()),
          REGISTRATION::read);

  private static final Statement<Integer> ERASE_PASSWORDS = erasePasswords();

  private static final CleanupById CLEANUP =
      CleanupById.deleting(USER_REGISTRATIONS.ID, noCondition());

  private final UnitOfWork work;

  PgUserRegistrationRepository(UnitOfWork work) {
    this.work = work;
  }

  @Override
  public Optional<UserRegistration> lookup(UUID id) {
    return work.read("user_registration.lookup", sql -> sql.find(LOOKUP, bind(ID, id)));
  }

  @Override
  public Optional<RegistrationBundle> load(UUID id) {
    return work.read("user_registration.load", sql -> sql.find(LOAD, bind(ID, id)));
  }

  @Override
  public UserRegistration add(
      String username,
      Optional<InetAddress> ipAddress,
      Optional<String> userAgent,
      Optional<Json> postAuthAction) {
    String name = Inputs.text("user name", username, PgUserRepository.MAX_NAME_BYTES);
    Optional<InetAddress> ip = ipAddress.map(Addresses::normalise);
    return work.write(
        "user_registration.add",
        sql -> {
          Instant now = work.now();
          return sql.get(
              ADD,
              bind(ID, work.newId(now)),
              bind(USERNAME, name),
              bind(IP, ip.map(InetAddress::getHostAddress).orElse(null)),
              bind(USER_AGENT, userAgent.map(Texts::advisory).orElse(null)),
              bind(ACTION, postAuthAction.map(Json::text).orElse(null)),
              bind(NOW, now));
        });
  }

  @Override
  public UserRegistration setDisplayName(UserRegistration registration, String displayName) {
    String name =
        displayName.isEmpty()
            ? displayName
            : Inputs.text("display name", displayName, MAX_DISPLAY_NAME_BYTES);
    return changed(
        "user_registration.set_display_name",
        UserRegistrationChanges.SET_DISPLAY_NAME,
        registration,
        bind(UserRegistrationChanges.DISPLAY_NAME, name));
  }

  @Override
  public UserRegistration setTermsUrl(UserRegistration registration, URI termsUrl) {
    String url = Inputs.absolute("terms URL", termsUrl, MAX_URL_BYTES);
    return changed(
        "user_registration.set_terms_url",
        UserRegistrationChanges.SET_TERMS_URL,
        registration,
        bind(UserRegistrationChanges.TERMS_URL, url));
  }

  @Override
  public UserRegistration setEmailAuthentication(
      UserRegistration registration, UserEmailAuthentication authentication) {
    if (!authentication
        .origin()
        .equals(new EmailAuthenticationOrigin.ForRegistration(registration.id()))) {
      throw new InvalidInputException("the e-mail authentication is not this sign-up's");
    }
    return attached(
        "user_registration.set_email_authentication",
        UserRegistrationChanges.SET_EMAIL_AUTHENTICATION,
        registration,
        UserEmailAuthentications.AUTHENTICATION.aggregate(),
        authentication.id());
  }

  @Override
  public UserRegistration setPassword(
      UserRegistration registration, int version, String hashedPassword) {
    String hash =
        Inputs.text("password hash", hashedPassword, PgUserPasswordRepository.MAX_HASH_BYTES);
    Inputs.range("version", version, 0, PgUserPasswordRepository.MAX_VERSION);
    return changed(
        "user_registration.set_password",
        UserRegistrationChanges.SET_PASSWORD,
        registration,
        bind(UserRegistrationChanges.HASH, hash),
        bind(UserRegistrationChanges.VERSION, version));
  }

  @Override
  public UserRegistration setRegistrationToken(
      UserRegistration registration, UserRegistrationToken token) {
    return attached(
        "user_registration.set_registration_token",
        UserRegistrationChanges.SET_REGISTRATION_TOKEN,
        registration,
        PgUserRegistrationTokenRepository.TOKEN.aggregate(),
        token.id());
  }

  @Override
  public UserRegistration setUpstreamOAuthAuthorizationSession(
      UserRegistration registration, UpstreamOAuthAuthorizationSession upstreamSession) {
    return attached(
        "user_registration.set_upstream_oauth_authorization_session",
        UserRegistrationChanges.SET_UPSTREAM_SESSION,
        registration,
        "upstream_oauth_authorization_session",
        upstreamSession.id());
  }

  @Override
  public UserRegistration complete(UserRegistration registration) {
    Completion completion =
        work.write(
                "user_registration.complete",
                sql ->
                    sql.find(
                        UserRegistrationChanges.COMPLETE,
                        bind(UserRegistrationChanges.ID, registration.id()),
                        bind(UserRegistrationChanges.NOW, work.now())))
            .orElseThrow(() -> gone(registration));
    if (completion.completedBefore()) {
      throw refused(registration, StateReason.COMPLETED);
    }
    if (!completion.registration().isCompleted()) {
      throw refused(registration, StateReason.REQUIREMENT_LOST);
    }
    return completion.registration();
  }

  @Override
  public int erasePasswords(Instant createdBefore, int limit) {
    Inputs.range("limit", limit, 1, Integer.MAX_VALUE);
    Instant end = Inputs.instant("createdBefore", createdBefore);
    return work.write(
        "user_registration.erase_passwords",
        sql -> {
          if (end.isAfter(work.now().minus(UserRegistration.LIFETIME))) {
            throw new InvalidInputException("createdBefore includes sign-ups that may go on");
          }
          return sql.get(ERASE_PASSWORDS, bind(BOUND, Ids.minAt(end)), bind(LIMIT, limit));
        });
  }

  @Override
  public CleanupResult<UUID> cleanup(Optional<UUID> since, UUID until, int limit) {
    return work.write(
        "user_registration.cleanup", sql -> CLEANUP.run(sql, since, until, limit, work.now()));
  }

  private UserRegistration attached(
      String operation,
      Statement<Verdict> statement,
      UserRegistration registration,
      String aggregate,
      UUID partId) {
    Verdict verdict =
        verdict(operation, statement, registration, bind(UserRegistrationChanges.PART_ID, partId));
    if (!verdict.partExists()) {
      throw new NotFoundException(aggregate, partId);
    }
    return verdict.changed().orElseThrow(() -> refused(registration, StateReason.WRONG_PARENT));
  }

  private UserRegistration changed(
      String operation,
      Statement<Verdict> statement,
      UserRegistration registration,
      Bind... values) {
    return verdict(operation, statement, registration, values).changed().orElseThrow();
  }

  /** Refuses what the sign-up forbids; what is to be attached is left to the caller. */
  private Verdict verdict(
      String operation,
      Statement<Verdict> statement,
      UserRegistration registration,
      Bind... values) {
    Bind[] all = Arrays.copyOf(values, values.length + 1);
    all[values.length] = bind(UserRegistrationChanges.ID, registration.id());
    Verdict verdict =
        work.write(operation, sql -> sql.find(statement, all))
            .orElseThrow(() -> gone(registration));
    if (verdict.completed()) {
      throw refused(registration, StateReason.COMPLETED);
    }
    return verdict;
  }

  private static Statement<RegistrationBundle> load() {
    int authentication = REGISTRATION.columns().size();
    int token = authentication + UserEmailAuthentications.AUTHENTICATION.columns().size();
    return new Statement<>(
        select(REGISTRATION.columns())
            .select(UserEmailAuthentications.AUTHENTICATION.columns())
            .select(PgUserRegistrationTokenRepository.TOKEN.columns())
            .from(USER_REGISTRATIONS)
            .leftJoin(USER_EMAIL_AUTHENTICATIONS)
            .on(USER_EMAIL_AUTHENTICATIONS.ID.eq(USER_REGISTRATIONS.EMAIL_AUTHENTICATION_ID))
            .leftJoin(USER_REGISTRATION_TOKENS)
            .on(USER_REGISTRATION_TOKENS.ID.eq(USER_REGISTRATIONS.REGISTRATION_TOKEN_ID))
            .where(IS_ADDRESSED),
        row ->
            new RegistrationBundle(
                REGISTRATION.read(row),
                UserEmailAuthentications.AUTHENTICATION.optional(row, authentication),
                PgUserRegistrationTokenRepository.TOKEN.optional(row, token)));
  }

  private static Statement<Integer> erasePasswords() {
    CommonTableExpression<?> doomed =
        name("doomed")
            .as(
                select(USER_REGISTRATIONS.ID)
                    .from(USER_REGISTRATIONS)
                    .where(USER_REGISTRATIONS.ID.lt(BOUND))
                    .and(USER_REGISTRATIONS.HASHED_PASSWORD.isNotNull())
                    .orderBy(USER_REGISTRATIONS.ID)
                    .limit(LIMIT)
                    .forNoKeyUpdate()
                    .skipLocked());
    CommonTableExpression<?> erased =
        name("erased")
            .as(
                update(USER_REGISTRATIONS)
                    .set(
                        USER_REGISTRATIONS.HASHED_PASSWORD,
                        inline(null, USER_REGISTRATIONS.HASHED_PASSWORD))
                    .set(
                        USER_REGISTRATIONS.PASSWORD_VERSION,
                        inline(null, USER_REGISTRATIONS.PASSWORD_VERSION))
                    .where(Conditions.among(USER_REGISTRATIONS.ID, doomed))
                    .returning(USER_REGISTRATIONS.ID));
    return new Statement<>(
        with(doomed)
            .with(erased)
            .select(count(columnOf(erased, USER_REGISTRATIONS.ID)))
            .from(erased),
        row -> row.get(0, Integer.class));
  }

  private static InvalidStateException refused(UserRegistration registration, StateReason reason) {
    return new InvalidStateException(REGISTRATION.aggregate(), registration.id(), reason);
  }

  private static NotFoundException gone(UserRegistration registration) {
    return new NotFoundException(REGISTRATION.aggregate(), registration.id());
  }

  private static UserRegistration read(Row row) {
    UserRegistrationStage stage =
        row.find(USER_REGISTRATIONS.COMPLETED_AT)
            .<UserRegistrationStage>map(UserRegistrationStage.Completed::new)
            .orElseGet(UserRegistrationStage.InProgress::new);
    return new UserRegistration(
        row.get(USER_REGISTRATIONS.ID),
        row.get(USER_REGISTRATIONS.USERNAME),
        row.find(USER_REGISTRATIONS.DISPLAY_NAME),
        row.findDecoded(USER_REGISTRATIONS.TERMS_URL, StoredUri::parse),
        row.find(USER_REGISTRATIONS.EMAIL_AUTHENTICATION_ID),
        row.find(USER_REGISTRATIONS.REGISTRATION_TOKEN_ID),
        password(row),
        row.find(USER_REGISTRATIONS.UPSTREAM_SESSION_ID),
        row.findDecoded(USER_REGISTRATIONS.POST_AUTH_ACTION, Json::parse),
        row.findDecoded(USER_REGISTRATIONS.IP_ADDRESS, Addresses::parse),
        row.find(USER_REGISTRATIONS.USER_AGENT),
        row.get(USER_REGISTRATIONS.CREATED_AT),
        stage);
  }

  private static Optional<RegistrationPassword> password(Row row) {
    Optional<String> hash = row.find(USER_REGISTRATIONS.HASHED_PASSWORD);
    Optional<Integer> version =
        row.findDecoded(USER_REGISTRATIONS.PASSWORD_VERSION, PgUserPasswordRepository::version);
    if (hash.isPresent() != version.isPresent()) {
      throw row.invalid(USER_REGISTRATIONS.HASHED_PASSWORD, null);
    }
    return hash.flatMap(text -> version.map(number -> new RegistrationPassword(text, number)));
  }
}
