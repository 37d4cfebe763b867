package dev.authstore.storage.pg.compat;

import static dev.authstore.storage.pg.compat.CompatProjections.SESSION;
import static dev.authstore.storage.pg.compat.CompatProjections.SSO_LOGIN;
import static dev.authstore.storage.pg.internal.Bind.bind;
import static dev.authstore.storage.pg.internal.Conditions.exists;
import static dev.authstore.storage.pg.schema.Tables.BROWSER_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.COMPAT_SSO_LOGINS;
import static org.jooq.impl.DSL.insertInto;
import static org.jooq.impl.DSL.selectOne;

import dev.authstore.model.TokenDigest;
import dev.authstore.model.compat.CompatSession;
import dev.authstore.model.compat.CompatSsoLogin;
import dev.authstore.model.compat.CompatSsoLoginStatus;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.Inputs;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.compat.CompatSsoLoginFilter;
import dev.authstore.storage.compat.CompatSsoLoginRepository;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.compat.CompatSsoLoginChanges.Approval;
import dev.authstore.storage.pg.compat.CompatSsoLoginChanges.Exchange;
import dev.authstore.storage.pg.internal.CleanupById;
import dev.authstore.storage.pg.internal.Conditions;
import dev.authstore.storage.pg.internal.Keyset;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.internal.UnitOfWork;
import dev.authstore.storage.pg.user.UserGroup;
import java.net.URI;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;

final class PgCompatSsoLoginRepository implements CompatSsoLoginRepository {
  private static final int MAX_URI_BYTES = 2048;

  private static final Statement<CompatSsoLogin> LOOKUP =
      SSO_LOGIN.where(COMPAT_SSO_LOGINS.ID.eq(CompatSsoLoginChanges.ID));
  private static final Statement<CompatSsoLogin> FIND_FOR_SESSION =
      SSO_LOGIN.where(COMPAT_SSO_LOGINS.SESSION_ID.eq(CompatSsoLoginChanges.SESSION_ID));
  private static final Statement<CompatSsoLogin> FIND_BY_TOKEN =
      SSO_LOGIN.where(COMPAT_SSO_LOGINS.LOGIN_TOKEN_DIGEST.eq(CompatSsoLoginChanges.DIGEST));

  private static final Statement<CompatSsoLogin> ADD =
      new Statement<>(
          insertInto(
                  COMPAT_SSO_LOGINS,
                  COMPAT_SSO_LOGINS.ID,
                  COMPAT_SSO_LOGINS.REDIRECT_URI,
                  COMPAT_SSO_LOGINS.CREATED_AT)
              .values(
                  CompatSsoLoginChanges.ID,
                  CompatSsoLoginChanges.REDIRECT_URI,
                  CompatSsoLoginChanges.NOW)
              .returning(SSO_LOGIN.columns()),
          SSO_LOGIN::read);

  private static final CleanupById STALE =
      CleanupById.deleting(COMPAT_SSO_LOGINS.ID, COMPAT_SSO_LOGINS.EXCHANGED_AT.isNull());

  private final UnitOfWork work;

  PgCompatSsoLoginRepository(UnitOfWork work) {
    this.work = work;
  }

  @Override
  public Optional<CompatSsoLogin> lookup(UUID id) {
    return work.read(
        "compat_sso_login.lookup", sql -> sql.find(LOOKUP, bind(CompatSsoLoginChanges.ID, id)));
  }

  @Override
  public Optional<CompatSsoLogin> findForSession(CompatSession session) {
    return work.read(
        "compat_sso_login.find_for_session",
        sql -> sql.find(FIND_FOR_SESSION, bind(CompatSsoLoginChanges.SESSION_ID, session.id())));
  }

  @Override
  public Optional<CompatSsoLogin> findByToken(String loginToken) {
    return Tokens.presented(loginToken)
        .flatMap(
            digest ->
                work.read(
                    "compat_sso_login.find_by_token",
                    sql -> sql.find(FIND_BY_TOKEN, bind(CompatSsoLoginChanges.DIGEST, digest))));
  }

  @Override
  public Page<CompatSsoLogin> list(CompatSsoLoginFilter filter, Pagination pagination) {
    return work.read(
        "compat_sso_login.list", sql -> Keyset.page(sql, SSO_LOGIN, matching(filter), pagination));
  }

  @Override
  public long count(CompatSsoLoginFilter filter) {
    return work.read(
        "compat_sso_login.count", sql -> Keyset.count(sql, SSO_LOGIN, matching(filter)));
  }

  @Override
  public CompatSsoLogin add(URI redirectUri) {
    String text = Inputs.absolute("redirect URI", redirectUri, MAX_URI_BYTES);
    return work.write(
        "compat_sso_login.add",
        sql -> {
          Instant now = work.now();
          return sql.get(
              ADD,
              bind(CompatSsoLoginChanges.ID, work.newId(now)),
              bind(CompatSsoLoginChanges.REDIRECT_URI, text),
              bind(CompatSsoLoginChanges.NOW, now));
        });
  }

  @Override
  public CompatSsoLogin fulfill(
      CompatSsoLogin login, BrowserSession browserSession, String loginToken) {
    TokenDigest digest = Tokens.digest("login token", loginToken);
    Approval approval =
        work.write(
            "compat_sso_login.fulfill",
            sql ->
                sql.get(
                    CompatSsoLoginChanges.FULFILL,
                    bind(CompatSsoLoginChanges.ID, login.id()),
                    bind(CompatSsoLoginChanges.BROWSER_SESSION_ID, browserSession.id()),
                    bind(CompatSsoLoginChanges.DIGEST, digest),
                    bind(CompatSsoLoginChanges.NOW, work.now())));
    return approval.fulfilled().orElseThrow(() -> refusal(approval, login, browserSession));
  }

  @Override
  public CompatSsoLogin exchange(CompatSsoLogin login, CompatSession compatSession) {
    Exchange exchange =
        work.write(
            "compat_sso_login.exchange",
            sql ->
                sql.get(
                    CompatSsoLoginChanges.EXCHANGE,
                    bind(CompatSsoLoginChanges.ID, login.id()),
                    bind(CompatSsoLoginChanges.SESSION_ID, compatSession.id()),
                    bind(CompatSsoLoginChanges.NOW, work.now())));
    return exchange.exchanged().orElseThrow(() -> refusal(exchange, login, compatSession));
  }

  @Override
  public CleanupResult<UUID> cleanupStale(Optional<UUID> since, UUID until, int limit) {
    return work.write(
        "compat_sso_login.cleanup_stale", sql -> STALE.run(sql, since, until, limit, work.now()));
  }

  private static Condition matching(CompatSsoLoginFilter filter) {
    return Conditions.all(
        filter
            .user()
            .map(
                id ->
                    exists(
                        selectOne()
                            .from(BROWSER_SESSIONS)
                            .where(BROWSER_SESSIONS.ID.eq(COMPAT_SSO_LOGINS.BROWSER_SESSION_ID))
                            .and(BROWSER_SESSIONS.USER_ID.eq(id)))),
        filter.status().map(PgCompatSsoLoginRepository::isAt));
  }

  // That it is not exchanged is said of pending ones too, for the index.
  private static Condition isAt(CompatSsoLoginStatus status) {
    return switch (status) {
      case PENDING ->
          COMPAT_SSO_LOGINS.FULFILLED_AT.isNull().and(COMPAT_SSO_LOGINS.EXCHANGED_AT.isNull());
      case FULFILLED ->
          COMPAT_SSO_LOGINS.FULFILLED_AT.isNotNull().and(COMPAT_SSO_LOGINS.EXCHANGED_AT.isNull());
      case EXCHANGED -> COMPAT_SSO_LOGINS.EXCHANGED_AT.isNotNull();
    };
  }

  private static StorageException refusal(
      Approval approval, CompatSsoLogin login, BrowserSession browserSession) {
    if (!approval.loginExists()) {
      return gone(login);
    }
    if (approval.exchangedBefore()) {
      return refused(login, StateReason.ALREADY_EXCHANGED);
    }
    if (approval.fulfilledBefore()) {
      return refused(login, StateReason.ALREADY_FULFILLED);
    }
    String aggregate = UserGroup.browserSession().aggregate();
    if (!approval.browserSessionExists()) {
      return new NotFoundException(aggregate, browserSession.id());
    }
    return approval.browserSessionFinished()
        ? new InvalidStateException(aggregate, browserSession.id(), StateReason.SESSION_FINISHED)
        : new ConflictException(ConflictKind.TOKEN_TAKEN);
  }

  private static StorageException refusal(
      Exchange exchange, CompatSsoLogin login, CompatSession session) {
    if (!exchange.loginExists()) {
      return gone(login);
    }
    if (exchange.exchangedBefore()) {
      return refused(login, StateReason.ALREADY_EXCHANGED);
    }
    if (!exchange.fulfilled()) {
      return refused(login, StateReason.NOT_FULFILLED);
    }
    if (!exchange.sessionExists()) {
      return new NotFoundException(SESSION.aggregate(), session.id());
    }
    if (!exchange.sessionIsOfUser()) {
      return refused(login, StateReason.WRONG_USER);
    }
    return exchange.sessionFinished()
        ? new InvalidStateException(SESSION.aggregate(), session.id(), StateReason.SESSION_FINISHED)
        : new ConflictException(ConflictKind.COMPAT_SESSION_USED);
  }

  private static InvalidStateException refused(CompatSsoLogin login, StateReason reason) {
    return new InvalidStateException(SSO_LOGIN.aggregate(), login.id(), reason);
  }

  private static NotFoundException gone(CompatSsoLogin login) {
    return new NotFoundException(SSO_LOGIN.aggregate(), login.id());
  }
}
