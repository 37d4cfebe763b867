package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.internal.Bind.bind;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_AUTHORIZATION_GRANTS;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_CLIENTS;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;

import dev.authstore.model.TokenDigest;
import dev.authstore.model.oauth2.OAuth2AuthorizationGrant;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.oauth2.AuthorizationGrantParams;
import dev.authstore.storage.oauth2.AuthorizationGrantWithClient;
import dev.authstore.storage.oauth2.CodeExchange;
import dev.authstore.storage.oauth2.NewTokens;
import dev.authstore.storage.oauth2.OAuth2AuthorizationGrantRepository;
import dev.authstore.storage.oauth2.PresentedCode;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.pg.internal.CleanupById;
import dev.authstore.storage.pg.internal.Projection;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.internal.UnitOfWork;
import dev.authstore.storage.pg.user.UserGroup;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Param;

final class PgOAuth2AuthorizationGrantRepository implements OAuth2AuthorizationGrantRepository {
  private static final Projection<OAuth2AuthorizationGrant> GRANT =
      OAuth2Projections.AUTHORIZATION_GRANT;

  private static final GrantChanges<OAuth2AuthorizationGrant> CHANGES =
      AuthorizationGrantStatements.CHANGES;

  private static final Param<UUID> ID = param("id", OAUTH2_AUTHORIZATION_GRANTS.ID);
  private static final Param<TokenDigest> CODE =
      param("code", OAUTH2_AUTHORIZATION_GRANTS.CODE_DIGEST);

  private static final Statement<OAuth2AuthorizationGrant> LOOKUP =
      GRANT.where(OAUTH2_AUTHORIZATION_GRANTS.ID.eq(ID));

  private static final Statement<AuthorizationGrantWithClient> LOOKUP_WITH_CLIENT =
      new Statement<>(
          select(GRANT.columns())
              .select(OAuth2Projections.CLIENT.columns())
              .from(OAUTH2_AUTHORIZATION_GRANTS)
              .join(OAUTH2_CLIENTS)
              .on(OAUTH2_CLIENTS.ID.eq(OAUTH2_AUTHORIZATION_GRANTS.CLIENT_ID))
              .where(OAUTH2_AUTHORIZATION_GRANTS.ID.eq(ID)),
          row ->
              new AuthorizationGrantWithClient(
                  GRANT.read(row), OAuth2Projections.CLIENT.read(row, GRANT.columns().size())));

  private static final Statement<OAuth2AuthorizationGrant> FIND_BY_CODE =
      GRANT.where(OAUTH2_AUTHORIZATION_GRANTS.CODE_DIGEST.eq(CODE));

  private static final CleanupById CLEANUP =
      CleanupById.deleting(OAUTH2_AUTHORIZATION_GRANTS.ID, noCondition());

  private static final CodeExchange UNKNOWN =
      new CodeExchange.Refused(CodeExchange.Reason.UNKNOWN_CODE, Optional.empty());

  private final UnitOfWork work;

  PgOAuth2AuthorizationGrantRepository(UnitOfWork work) {
    this.work = work;
  }

  @Override
  public Optional<OAuth2AuthorizationGrant> lookup(UUID id) {
    return work.read("oauth2_authorization_grant.lookup", sql -> sql.find(LOOKUP, bind(ID, id)));
  }

  @Override
  public Optional<AuthorizationGrantWithClient> lookupWithClient(UUID id) {
    return work.read(
        "oauth2_authorization_grant.lookup_with_client",
        sql -> sql.find(LOOKUP_WITH_CLIENT, bind(ID, id)));
  }

  @Override
  public Optional<OAuth2AuthorizationGrant> findByCode(String code) {
    return Secrets.presented(code)
        .flatMap(
            digest ->
                work.read(
                    "oauth2_authorization_grant.find_by_code",
                    sql -> sql.find(FIND_BY_CODE, bind(CODE, digest))));
  }

  @Override
  public OAuth2AuthorizationGrant add(OAuth2Client client, AuthorizationGrantParams params) {
    return work.write(
        "oauth2_authorization_grant.add",
        sql -> {
          Instant now = work.now();
          return sql.find(
                  AuthorizationGrantStatements.ADD,
                  AuthorizationGrantStatements.values(work.newId(now), client.id(), params, now))
              .orElseThrow(
                  () -> new NotFoundException(OAuth2Projections.CLIENT.aggregate(), client.id()));
        });
  }

  @Override
  public OAuth2AuthorizationGrant fulfill(
      OAuth2AuthorizationGrant grant, BrowserSession browserSession, Optional<String> code) {
    if (code.isPresent() != grant.code().isPresent()) {
      throw new InvalidInputException(
          code.isPresent() ? "the request asked for no code" : "the request asked for a code");
    }
    Optional<TokenDigest> digest = code.map(text -> Secrets.digest("authorization code", text));
    return work.write(
        "oauth2_authorization_grant.fulfill",
        sql -> {
          Instant now = work.now();
          return CHANGES.changed(
              sql.find(
                  AuthorizationGrantStatements.FULFILL,
                  bind(GrantChanges.ID, grant.id()),
                  bind(GrantChanges.OTHER_ID, browserSession.id()),
                  bind(AuthorizationGrantStatements.CODE, digest.orElse(null)),
                  bind(AuthorizationGrantStatements.NOW, now),
                  bind(
                      AuthorizationGrantStatements.EXPIRED_SINCE,
                      now.minus(work.settings().limits().pendingGrantLifetime()))),
              grant.id(),
              UserGroup.browserSession().aggregate(),
              browserSession.id());
        });
  }

  @Override
  public OAuth2AuthorizationGrant cancel(OAuth2AuthorizationGrant grant) {
    return work.write(
        "oauth2_authorization_grant.cancel",
        sql ->
            CHANGES.changed(
                sql.find(
                    AuthorizationGrantStatements.CANCEL,
                    bind(GrantChanges.ID, grant.id()),
                    bind(AuthorizationGrantStatements.NOW, work.now())),
                grant.id(),
                GRANT.aggregate(),
                grant.id()));
  }

  @Override
  public OAuth2AuthorizationGrant exchange(OAuth2AuthorizationGrant grant, OAuth2Session session) {
    if (!session.clientId().equals(grant.clientId())) {
      throw new InvalidInputException("the session is another client's");
    }
    return work.write(
        "oauth2_authorization_grant.exchange",
        sql ->
            CHANGES.changed(
                sql.find(
                    AuthorizationGrantStatements.EXCHANGE,
                    bind(GrantChanges.ID, grant.id()),
                    bind(GrantChanges.OTHER_ID, session.id()),
                    bind(AuthorizationGrantStatements.NOW, work.now())),
                grant.id(),
                OAuth2Projections.SESSION.aggregate(),
                session.id()));
  }

  @Override
  public CodeExchange exchangeCode(
      OAuth2Client client, PresentedCode code, NewTokens tokens, Optional<String> userAgent) {
    Optional<TokenDigest> digest = Secrets.presented(code.code());
    if (digest.isEmpty()) {
      return UNKNOWN;
    }
    return work.write(
        "oauth2_authorization_grant.exchange_code",
        sql -> {
          Instant now = work.now();
          Instant expiredSince = now.minus(work.settings().limits().authorizationCodeLifetime());
          return sql.find(
                  CodeExchanges.EXCHANGE,
                  SessionStart.values(
                      work,
                      now,
                      tokens,
                      userAgent,
                      CodeExchanges.values(client.id(), digest.get(), code, expiredSince)))
              .orElse(UNKNOWN);
        });
  }

  @Override
  public CleanupResult<UUID> cleanup(Optional<UUID> since, UUID until, int limit) {
    return work.write(
        "oauth2_authorization_grant.cleanup",
        sql -> CLEANUP.run(sql, since, until, limit, work.now()));
  }
}
