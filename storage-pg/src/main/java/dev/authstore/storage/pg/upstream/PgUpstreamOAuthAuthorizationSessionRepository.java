package dev.authstore.storage.pg.upstream;

import static dev.authstore.storage.pg.internal.Bind.bind;
import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static dev.authstore.storage.pg.schema.Tables.UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.UPSTREAM_OAUTH_PROVIDERS;
import static dev.authstore.storage.pg.upstream.UpstreamProjections.LINK;
import static dev.authstore.storage.pg.upstream.UpstreamProjections.PROVIDER;
import static dev.authstore.storage.pg.upstream.UpstreamProjections.SESSION;
import static org.jooq.impl.DSL.falseCondition;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.insertInto;
import static org.jooq.impl.DSL.jsonbGetAttributeAsText;
import static org.jooq.impl.DSL.left;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.trueCondition;
import static org.jooq.impl.DSL.with;

import dev.authstore.model.Json;
import dev.authstore.model.Texts;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSession;
import dev.authstore.model.upstream.UpstreamOAuthLink;
import dev.authstore.model.upstream.UpstreamOAuthProvider;
import dev.authstore.model.user.BrowserSession;
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
import dev.authstore.storage.pg.internal.Conditions;
import dev.authstore.storage.pg.internal.Keyset;
import dev.authstore.storage.pg.internal.Sql;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.internal.UnitOfWork;
import dev.authstore.storage.pg.upstream.UpstreamLogins.Completion;
import dev.authstore.storage.pg.upstream.UpstreamLogins.Consumption;
import dev.authstore.storage.upstream.UpstreamAnswer;
import dev.authstore.storage.upstream.UpstreamOAuthAuthorizationSessionRepository;
import dev.authstore.storage.upstream.UpstreamOAuthSessionFilter;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.JSONB;
import org.jooq.Param;
import org.jspecify.annotations.Nullable;

final class PgUpstreamOAuthAuthorizationSessionRepository
    implements UpstreamOAuthAuthorizationSessionRepository {
  private static final int MAX_SECRET_BYTES = 1024;
  private static final int INDEXED_CHARACTERS = 255;

  private static final Param<UUID> ID = param("id", UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID);
  private static final Param<UUID> PROVIDER_ID =
      param("provider_id", UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.PROVIDER_ID);
  private static final Param<String> STATE =
      param("state", UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.STATE);
  private static final Param<String> VERIFIER =
      param("verifier", UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.CODE_CHALLENGE_VERIFIER);
  private static final Param<String> NONCE =
      param("nonce", UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.NONCE);
  private static final Param<Instant> NOW =
      param("now", UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.CREATED_AT);

  private static final Condition IS_COMPLETED =
      UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS
          .COMPLETED_AT
          .isNotNull()
          .and(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.CONSUMED_AT.isNull())
          .and(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.UNLINKED_AT.isNull());

  private static final Statement<UpstreamOAuthAuthorizationSession> LOOKUP =
      SESSION.where(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID.eq(ID));

  private static final Statement<Optional<UpstreamOAuthAuthorizationSession>> ADD = add();

  private final UnitOfWork work;

  PgUpstreamOAuthAuthorizationSessionRepository(UnitOfWork work) {
    this.work = work;
  }

  @Override
  public Optional<UpstreamOAuthAuthorizationSession> lookup(UUID id) {
    return work.read(
        "upstream_oauth_authorization_session.lookup", sql -> sql.find(LOOKUP, bind(ID, id)));
  }

  @Override
  public Page<UpstreamOAuthAuthorizationSession> list(
      UpstreamOAuthSessionFilter filter, Pagination pagination) {
    return work.read(
        "upstream_oauth_authorization_session.list",
        sql -> Keyset.page(sql, SESSION, matching(filter), pagination));
  }

  @Override
  public long count(UpstreamOAuthSessionFilter filter) {
    return work.read(
        "upstream_oauth_authorization_session.count",
        sql -> Keyset.count(sql, SESSION, matching(filter)));
  }

  @Override
  public UpstreamOAuthAuthorizationSession add(
      UpstreamOAuthProvider provider,
      String state,
      Optional<String> codeChallengeVerifier,
      Optional<String> nonce) {
    Inputs.text("state", state, MAX_SECRET_BYTES);
    codeChallengeVerifier.ifPresent(text -> Inputs.text("verifier", text, MAX_SECRET_BYTES));
    nonce.ifPresent(text -> Inputs.text("nonce", text, MAX_SECRET_BYTES));
    return work.write(
        "upstream_oauth_authorization_session.add",
        sql -> {
          Instant now = work.now();
          return sql.find(
                  ADD,
                  bind(ID, work.newId(now)),
                  bind(PROVIDER_ID, provider.id()),
                  bind(STATE, state),
                  bind(VERIFIER, codeChallengeVerifier.orElse(null)),
                  bind(NONCE, nonce.orElse(null)),
                  bind(NOW, now))
              .orElseThrow(() -> new NotFoundException(PROVIDER.aggregate(), provider.id()))
              .orElseThrow(() -> new ConflictException(ConflictKind.UPSTREAM_STATE_TAKEN));
        });
  }

  @Override
  public UpstreamOAuthAuthorizationSession completeWithLink(
      UpstreamOAuthAuthorizationSession session, UpstreamOAuthLink link, UpstreamAnswer answer) {
    if (!link.providerId().equals(session.providerId())) {
      throw new InvalidInputException("the link is at another provider");
    }
    Completion completion =
        work.write(
            "upstream_oauth_authorization_session.complete_with_link",
            sql ->
                sql.get(
                    UpstreamLogins.COMPLETE,
                    bind(UpstreamLogins.ID, session.id()),
                    bind(UpstreamLogins.LINK_ID, link.id()),
                    bind(UpstreamLogins.ID_TOKEN, answer.idToken().orElse(null)),
                    bind(UpstreamLogins.CLAIMS, text(answer.idTokenClaims())),
                    bind(UpstreamLogins.EXTRA, text(answer.extraCallbackParameters())),
                    bind(UpstreamLogins.USERINFO, text(answer.userinfo())),
                    bind(UpstreamLogins.NOW, work.now())));
    return completion.after().orElseThrow(() -> refusedBy(completion, session, link));
  }

  @Override
  public UpstreamOAuthAuthorizationSession consume(
      UpstreamOAuthAuthorizationSession session, BrowserSession browserSession) {
    return work.write(
        "upstream_oauth_authorization_session.consume",
        sql -> {
          Instant now = work.now();
          return consumed(sql, session, browserSession, now)
              .or(() -> consumed(sql, session, browserSession, now))
              .orElseThrow(() -> refused(session, StateReason.RACED));
        });
  }

  @Override
  public int invalidateUnconsumed(UpstreamOAuthSessionFilter filter) {
    if (filter.provider().isEmpty()) {
      throw new InvalidInputException("only a provider calls logins off, and only its own");
    }
    return work.write(
        "upstream_oauth_authorization_session.invalidate_unconsumed",
        sql -> Unlinking.unlink(sql, matching(filter).and(IS_COMPLETED), work.now()));
  }

  @Override
  public CleanupResult<UUID> cleanupOrphaned(Optional<UUID> since, UUID until, int limit) {
    return work.atomic(
        "upstream_oauth_authorization_session.cleanup_orphaned",
        sql -> OrphanCleanups.sessions(sql, since, until, limit, work.now()));
  }

  static Condition matching(UpstreamOAuthSessionFilter filter) {
    return Conditions.all(
        filter.provider().map(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.PROVIDER_ID::eq),
        filter.sub().map(value -> claim("sub", value)),
        filter.sid().map(value -> claim("sid", value)));
  }

  // The beginning leads to the rows, as an index does not take all of a long text.
  private static Condition claim(String name, String value) {
    if (!value.isEmpty() && !Texts.isStorable(value, Integer.MAX_VALUE)) {
      return falseCondition();
    }
    Field<String> claim =
        jsonbGetAttributeAsText(
            UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID_TOKEN_CLAIMS.coerce(JSONB.class),
            inline(name));
    return left(claim, inline(INDEXED_CHARACTERS))
        .collate("C")
        .eq(Texts.advisory(value, INDEXED_CHARACTERS))
        .and(claim.eq(value));
  }

  /** Empty if the session was completed too late for the statement to know its link. */
  private static Optional<UpstreamOAuthAuthorizationSession> consumed(
      Sql sql,
      UpstreamOAuthAuthorizationSession session,
      BrowserSession browserSession,
      Instant now) {
    Consumption consumption =
        sql.get(
            UpstreamLogins.CONSUME,
            bind(UpstreamLogins.ID, session.id()),
            bind(UpstreamLogins.BROWSER_SESSION_ID, browserSession.id()),
            bind(UpstreamLogins.NOW, now));
    if (consumption.after().isEmpty()) {
      requireConsumable(consumption, session, browserSession);
    }
    return consumption.after();
  }

  private static void requireConsumable(
      Consumption consumption,
      UpstreamOAuthAuthorizationSession session,
      BrowserSession browserSession) {
    if (!consumption.before().exists()) {
      throw gone(session);
    }
    Optional<StateReason> reason = consumption.before().againstConsuming();
    if (reason.isPresent()) {
      throw refused(session, reason.get());
    }
    if (!consumption.browserSessionExists()) {
      throw new NotFoundException("browser_session", browserSession.id());
    }
    if (!consumption.isOfLinkedUser()) {
      throw refused(session, StateReason.WRONG_USER);
    }
    if (consumption.browserSessionFinished()) {
      throw new InvalidStateException(
          "browser_session", browserSession.id(), StateReason.SESSION_FINISHED);
    }
    if (consumption.isUsedElsewhere()) {
      throw new ConflictException(ConflictKind.UPSTREAM_SESSION_USED);
    }
  }

  private static StorageException refusedBy(
      Completion completion, UpstreamOAuthAuthorizationSession session, UpstreamOAuthLink link) {
    if (!completion.before().exists()) {
      return gone(session);
    }
    Optional<StateReason> reason = completion.before().againstCompleting();
    if (reason.isPresent()) {
      return refused(session, reason.get());
    }
    return completion.linkExists()
        ? refused(session, StateReason.WRONG_PARENT)
        : new NotFoundException(LINK.aggregate(), link.id());
  }

  // No row: no provider. A row without a session: the state is taken.
  private static Statement<Optional<UpstreamOAuthAuthorizationSession>> add() {
    CommonTableExpression<?> provider =
        name("provider")
            .as(
                select(UPSTREAM_OAUTH_PROVIDERS.ID)
                    .from(UPSTREAM_OAUTH_PROVIDERS)
                    .where(UPSTREAM_OAUTH_PROVIDERS.ID.eq(PROVIDER_ID))
                    .forKeyShare());
    CommonTableExpression<?> created =
        name("created")
            .as(
                insertInto(
                        UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS,
                        UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID,
                        UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.PROVIDER_ID,
                        UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.STATE,
                        UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.CODE_CHALLENGE_VERIFIER,
                        UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.NONCE,
                        UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.CREATED_AT)
                    .select(
                        select(
                                ID,
                                columnOf(provider, UPSTREAM_OAUTH_PROVIDERS.ID),
                                STATE,
                                VERIFIER,
                                NONCE,
                                NOW)
                            .from(provider))
                    .onConflict(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.STATE)
                    .doNothing()
                    .returning(SESSION.columns()));
    return new Statement<>(
        with(provider)
            .with(created)
            .select(SESSION.ownColumns(created))
            .from(provider)
            .leftJoin(created)
            .on(trueCondition()),
        row -> SESSION.optional(row, 0));
  }

  private static @Nullable String text(Optional<Json> json) {
    return json.map(Json::text).orElse(null);
  }

  private static InvalidStateException refused(
      UpstreamOAuthAuthorizationSession session, StateReason reason) {
    return new InvalidStateException(SESSION.aggregate(), session.id(), reason);
  }

  private static NotFoundException gone(UpstreamOAuthAuthorizationSession session) {
    return new NotFoundException(SESSION.aggregate(), session.id());
  }
}
