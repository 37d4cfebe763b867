package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.internal.Bind.bind;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_CLIENTS;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_DEVICE_CODE_GRANTS;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;

import dev.authstore.model.Texts;
import dev.authstore.model.TokenDigest;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2DeviceCodeGrant;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.Inputs;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.oauth2.DeviceCodeGrantParams;
import dev.authstore.storage.oauth2.DeviceCodeGrantWithClient;
import dev.authstore.storage.oauth2.DevicePoll;
import dev.authstore.storage.oauth2.NewTokens;
import dev.authstore.storage.oauth2.OAuth2DeviceCodeGrantRepository;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.pg.internal.Bind;
import dev.authstore.storage.pg.internal.CleanupById;
import dev.authstore.storage.pg.internal.Projection;
import dev.authstore.storage.pg.internal.Sql;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.internal.UnitOfWork;
import dev.authstore.storage.pg.user.UserGroup;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Param;

final class PgOAuth2DeviceCodeGrantRepository implements OAuth2DeviceCodeGrantRepository {
  private static final Projection<OAuth2DeviceCodeGrant> GRANT =
      OAuth2Projections.DEVICE_CODE_GRANT;
  private static final GrantChanges<OAuth2DeviceCodeGrant> CHANGES =
      DeviceCodeGrantStatements.CHANGES;

  private static final int MAX_USER_CODE_BYTES = 64;
  private static final int MAX_LOCALE_BYTES = 64;

  private static final Param<UUID> ID = param("id", OAUTH2_DEVICE_CODE_GRANTS.ID);
  private static final Param<TokenDigest> DEVICE_CODE =
      param("device_code", OAUTH2_DEVICE_CODE_GRANTS.DEVICE_CODE_DIGEST);
  private static final Param<String> USER_CODE =
      param("user_code", OAUTH2_DEVICE_CODE_GRANTS.USER_CODE);

  private static final Statement<OAuth2DeviceCodeGrant> LOOKUP =
      GRANT.where(OAUTH2_DEVICE_CODE_GRANTS.ID.eq(ID));

  private static final Statement<DeviceCodeGrantWithClient> LOOKUP_WITH_CLIENT =
      new Statement<>(
          select(GRANT.columns())
              .select(OAuth2Projections.CLIENT.columns())
              .from(OAUTH2_DEVICE_CODE_GRANTS)
              .join(OAUTH2_CLIENTS)
              .on(OAUTH2_CLIENTS.ID.eq(OAUTH2_DEVICE_CODE_GRANTS.CLIENT_ID))
              .where(OAUTH2_DEVICE_CODE_GRANTS.ID.eq(ID)),
          row ->
              new DeviceCodeGrantWithClient(
                  GRANT.read(row), OAuth2Projections.CLIENT.read(row, GRANT.columns().size())));

  private static final Statement<OAuth2DeviceCodeGrant> FIND_BY_DEVICE_CODE =
      GRANT.where(OAUTH2_DEVICE_CODE_GRANTS.DEVICE_CODE_DIGEST.eq(DEVICE_CODE));

  private static final Statement<OAuth2DeviceCodeGrant> FIND_BY_USER_CODE =
      GRANT.where(OAUTH2_DEVICE_CODE_GRANTS.USER_CODE.eq(USER_CODE));

  private static final CleanupById CLEANUP =
      CleanupById.deleting(OAUTH2_DEVICE_CODE_GRANTS.ID, noCondition());

  private final UnitOfWork work;

  PgOAuth2DeviceCodeGrantRepository(UnitOfWork work) {
    this.work = work;
  }

  @Override
  public Optional<OAuth2DeviceCodeGrant> lookup(UUID id) {
    return work.read("oauth2_device_code_grant.lookup", sql -> sql.find(LOOKUP, bind(ID, id)));
  }

  @Override
  public Optional<DeviceCodeGrantWithClient> lookupWithClient(UUID id) {
    return work.read(
        "oauth2_device_code_grant.lookup_with_client",
        sql -> sql.find(LOOKUP_WITH_CLIENT, bind(ID, id)));
  }

  @Override
  public Optional<OAuth2DeviceCodeGrant> findByDeviceCode(String deviceCode) {
    return Secrets.presented(deviceCode)
        .flatMap(
            digest ->
                work.read(
                    "oauth2_device_code_grant.find_by_device_code",
                    sql -> sql.find(FIND_BY_DEVICE_CODE, bind(DEVICE_CODE, digest))));
  }

  @Override
  public Optional<OAuth2DeviceCodeGrant> findByUserCode(String userCode) {
    if (!Texts.isStorable(userCode, MAX_USER_CODE_BYTES)) {
      return Optional.empty();
    }
    return work.read(
        "oauth2_device_code_grant.find_by_user_code",
        sql -> sql.find(FIND_BY_USER_CODE, bind(USER_CODE, userCode)));
  }

  @Override
  public OAuth2DeviceCodeGrant add(OAuth2Client client, DeviceCodeGrantParams params) {
    return work.write(
        "oauth2_device_code_grant.add",
        sql -> {
          Instant now = work.now();
          UUID id = work.newId(now);
          Bind[] values = DeviceCodeGrantStatements.values(id, client.id(), params, now);
          return add(sql, client, values)
              .or(() -> addUnlessTaken(sql, client, values))
              .orElseThrow(
                  () -> new InvalidStateException(GRANT.aggregate(), id, StateReason.RACED));
        });
  }

  @Override
  public OAuth2DeviceCodeGrant fulfill(
      OAuth2DeviceCodeGrant grant, BrowserSession browserSession, Optional<String> locale) {
    locale.ifPresent(text -> Inputs.text("locale", text, MAX_LOCALE_BYTES));
    return work.write(
        "oauth2_device_code_grant.fulfill",
        sql ->
            CHANGES.changed(
                sql.find(
                    DeviceCodeGrantStatements.FULFILL,
                    bind(GrantChanges.ID, grant.id()),
                    bind(GrantChanges.OTHER_ID, browserSession.id()),
                    bind(DeviceCodeGrantStatements.LOCALE, locale.orElse(null)),
                    bind(DeviceCodeGrantStatements.NOW, work.now())),
                grant.id(),
                UserGroup.browserSession().aggregate(),
                browserSession.id()));
  }

  @Override
  public OAuth2DeviceCodeGrant reject(OAuth2DeviceCodeGrant grant, BrowserSession browserSession) {
    return work.write(
        "oauth2_device_code_grant.reject",
        sql ->
            CHANGES.changed(
                sql.find(
                    DeviceCodeGrantStatements.REJECT,
                    bind(GrantChanges.ID, grant.id()),
                    bind(GrantChanges.OTHER_ID, browserSession.id()),
                    bind(DeviceCodeGrantStatements.NOW, work.now())),
                grant.id(),
                UserGroup.browserSession().aggregate(),
                browserSession.id()));
  }

  @Override
  public OAuth2DeviceCodeGrant exchange(OAuth2DeviceCodeGrant grant, OAuth2Session session) {
    if (!session.clientId().equals(grant.clientId())) {
      throw new InvalidInputException("the session is another client's");
    }
    return work.write(
        "oauth2_device_code_grant.exchange",
        sql ->
            CHANGES.changed(
                sql.find(
                    DeviceCodeGrantStatements.EXCHANGE,
                    bind(GrantChanges.ID, grant.id()),
                    bind(GrantChanges.OTHER_ID, session.id()),
                    bind(DeviceCodeGrantStatements.NOW, work.now())),
                grant.id(),
                OAuth2Projections.SESSION.aggregate(),
                session.id()));
  }

  @Override
  public DevicePoll poll(
      OAuth2Client client, String deviceCode, NewTokens tokens, Optional<String> userAgent) {
    Optional<TokenDigest> digest = Secrets.presented(deviceCode);
    if (digest.isEmpty()) {
      return new DevicePoll.Unknown();
    }
    return work.write(
        "oauth2_device_code_grant.poll",
        sql -> {
          Instant now = work.now();
          Bind[] poll =
              DevicePolls.values(
                  client.id(), digest.get(), work.settings().limits().devicePollInterval(), now);
          return sql.find(DevicePolls.POLL, SessionStart.values(work, now, tokens, userAgent, poll))
              .orElseGet(DevicePoll.Unknown::new);
        });
  }

  @Override
  public CleanupResult<UUID> cleanup(Optional<UUID> since, UUID until, int limit) {
    return work.write(
        "oauth2_device_code_grant.cleanup",
        sql -> CLEANUP.run(sql, since, until, limit, work.now()));
  }

  private static Optional<OAuth2DeviceCodeGrant> add(Sql sql, OAuth2Client client, Bind... values) {
    return sql.find(DeviceCodeGrantStatements.ADD, values)
        .orElseThrow(() -> new NotFoundException(OAuth2Projections.CLIENT.aggregate(), client.id()))
        .grant();
  }

  // What was in the way may be gone again, and then there is no reason to refuse.
  private static Optional<OAuth2DeviceCodeGrant> addUnlessTaken(
      Sql sql, OAuth2Client client, Bind... values) {
    Optional<ConflictKind> taken = sql.get(DeviceCodeGrantStatements.CONFLICT, values);
    if (taken.isPresent()) {
      throw new ConflictException(taken.get());
    }
    return add(sql, client, values);
  }
}
