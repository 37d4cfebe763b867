package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.internal.Bind.bind;
import static dev.authstore.storage.pg.internal.Conditions.exists;
import static dev.authstore.storage.pg.internal.Conditions.notExists;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_CLIENTS;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_SESSIONS;
import static org.jooq.impl.DSL.condition;
import static org.jooq.impl.DSL.deleteFrom;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.not;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectOne;
import static org.jooq.impl.DSL.with;

import dev.authstore.model.Ids;
import dev.authstore.model.oauth2.GrantType;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.Inputs;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.oauth2.ClientRegistration;
import dev.authstore.storage.oauth2.OAuth2ClientFilter;
import dev.authstore.storage.oauth2.OAuth2ClientParams;
import dev.authstore.storage.oauth2.OAuth2ClientRepository;
import dev.authstore.storage.oauth2.StaticOAuth2ClientParams;
import dev.authstore.storage.page.CountedPage;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.internal.Bind;
import dev.authstore.storage.pg.internal.Conditions;
import dev.authstore.storage.pg.internal.Keyset;
import dev.authstore.storage.pg.internal.Projection;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.internal.UnitOfWork;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Param;
import org.jooq.SelectConditionStep;
import org.jooq.impl.SQLDataType;

final class PgOAuth2ClientRepository implements OAuth2ClientRepository {
  private static final Projection<OAuth2Client> CLIENT = OAuth2Projections.CLIENT;

  private static final Param<UUID> ID = param("id", OAUTH2_CLIENTS.ID);
  private static final Param<UUID[]> IDS = param("ids", SQLDataType.UUID.getArrayDataType());
  private static final Param<String> DIGEST = param("digest", OAUTH2_CLIENTS.METADATA_DIGEST);
  private static final Param<Integer> LIMIT = param("limit", SQLDataType.INTEGER);

  private static final Condition IS_ADDRESSED = OAUTH2_CLIENTS.ID.eq(ID);
  private static final Condition IS_STATIC = condition(OAUTH2_CLIENTS.IS_STATIC);

  private static final Statement<OAuth2Client> LOOKUP = CLIENT.where(IS_ADDRESSED);

  private static final Statement<OAuth2Client> FIND_BY_METADATA_DIGEST =
      CLIENT.where(OAUTH2_CLIENTS.METADATA_DIGEST.eq(DIGEST).and(not(IS_STATIC)));

  private static final Statement<OAuth2Client> LOAD_BATCH =
      CLIENT.where(Conditions.among(OAUTH2_CLIENTS.ID, IDS));

  private static final Statement<OAuth2Client> ALL_STATIC =
      new Statement<>(
          select(CLIENT.columns()).from(OAUTH2_CLIENTS).where(IS_STATIC).orderBy(OAUTH2_CLIENTS.ID),
          CLIENT::read);

  private static final Statement<UUID> DELETE =
      new Statement<>(
          deleteFrom(OAUTH2_CLIENTS).where(IS_ADDRESSED).returning(OAUTH2_CLIENTS.ID),
          row -> row.get(0, UUID.class));

  private static final Statement<UUID> DELETE_SESSIONS = deleteSessions();

  private final UnitOfWork work;

  PgOAuth2ClientRepository(UnitOfWork work) {
    this.work = work;
  }

  @Override
  public Optional<OAuth2Client> lookup(UUID id) {
    return work.read("oauth2_client.lookup", sql -> sql.find(LOOKUP, bind(ID, id)));
  }

  @Override
  public Optional<OAuth2Client> findByClientId(String clientId) {
    return Ids.parse(clientId)
        .flatMap(
            id ->
                work.read(
                    "oauth2_client.find_by_client_id", sql -> sql.find(LOOKUP, bind(ID, id))));
  }

  @Override
  public Optional<OAuth2Client> findByMetadataDigest(String digest) {
    if (!OAuth2ClientParams.isMetadataDigest(digest)) {
      return Optional.empty();
    }
    return work.read(
        "oauth2_client.find_by_metadata_digest",
        sql -> sql.find(FIND_BY_METADATA_DIGEST, bind(DIGEST, digest)));
  }

  @Override
  public Map<UUID, OAuth2Client> loadBatch(Set<UUID> ids) {
    if (ids.isEmpty()) {
      return Map.of();
    }
    List<OAuth2Client> found =
        work.read(
            "oauth2_client.load_batch",
            sql -> sql.list(LOAD_BATCH, bind(IDS, ids.toArray(UUID[]::new))));
    return found.stream()
        .collect(Collectors.toUnmodifiableMap(OAuth2Client::id, Function.identity()));
  }

  @Override
  public List<OAuth2Client> allStatic() {
    return work.read("oauth2_client.all_static", sql -> sql.list(ALL_STATIC));
  }

  @Override
  public Page<OAuth2Client> list(OAuth2ClientFilter filter, Pagination pagination) {
    return work.read(
        "oauth2_client.list", sql -> Keyset.page(sql, CLIENT, matching(filter), pagination));
  }

  @Override
  public long count(OAuth2ClientFilter filter) {
    return work.read("oauth2_client.count", sql -> Keyset.count(sql, CLIENT, matching(filter)));
  }

  @Override
  public CountedPage<OAuth2Client> listWithCount(OAuth2ClientFilter filter, Pagination pagination) {
    return work.read(
        "oauth2_client.list_with_count",
        sql -> Keyset.countedPage(sql, CLIENT, matching(filter), pagination));
  }

  @Override
  public OAuth2Client add(OAuth2ClientParams params) {
    return work.write(
        "oauth2_client.add",
        sql ->
            sql.find(
                    OAuth2ClientWriting.ADD,
                    OAuth2ClientWriting.dynamic(work.newId(work.now()), params))
                .orElseThrow(() -> new ConflictException(ConflictKind.CLIENT_METADATA_TAKEN)));
  }

  @Override
  public ClientRegistration registerOrReuse(OAuth2ClientParams params) {
    if (params.metadataDigest().isEmpty()) {
      throw new InvalidInputException("a client without a metadata digest is never shared");
    }
    return work.write(
        "oauth2_client.register_or_reuse",
        sql -> {
          Bind[] values = OAuth2ClientWriting.dynamic(work.newId(work.now()), params);
          return sql.find(OAuth2ClientWriting.ADD_OR_FIND, values)
              .or(() -> sql.find(OAuth2ClientWriting.ADD_OR_FIND, values))
              .orElseThrow(() -> new ConflictException(ConflictKind.CLIENT_METADATA_TAKEN));
        });
  }

  @Override
  public OAuth2Client upsertStatic(StaticOAuth2ClientParams params) {
    return work.write(
        "oauth2_client.upsert_static",
        sql -> sql.get(OAuth2ClientWriting.UPSERT, OAuth2ClientWriting.ofConfiguration(params)));
  }

  @Override
  public int deleteSessions(OAuth2Client client, int limit) {
    Inputs.range("limit", limit, 1, Integer.MAX_VALUE);
    return work.write(
        "oauth2_client.delete_sessions",
        sql -> sql.list(DELETE_SESSIONS, bind(ID, client.id()), bind(LIMIT, limit)).size());
  }

  @Override
  public void delete(OAuth2Client client) {
    delete("oauth2_client.delete", client.id());
  }

  @Override
  public void deleteById(UUID id) {
    delete("oauth2_client.delete_by_id", id);
  }

  private void delete(String operation, UUID id) {
    Optional<UUID> deleted = work.write(operation, sql -> sql.find(DELETE, bind(ID, id)));
    if (deleted.isEmpty()) {
      throw new NotFoundException(CLIENT.aggregate(), id);
    }
  }

  private static Statement<UUID> deleteSessions() {
    CommonTableExpression<?> doomed =
        name("doomed")
            .as(
                select(OAUTH2_SESSIONS.ID)
                    .from(OAUTH2_SESSIONS)
                    .where(OAUTH2_SESSIONS.CLIENT_ID.eq(ID))
                    .orderBy(OAUTH2_SESSIONS.ID)
                    .limit(LIMIT)
                    .forUpdate()
                    .skipLocked());
    return new Statement<>(
        with(doomed)
            .delete(OAUTH2_SESSIONS)
            .where(Conditions.among(OAUTH2_SESSIONS.ID, doomed))
            .returning(OAUTH2_SESSIONS.ID),
        row -> row.get(0, UUID.class));
  }

  private static Condition matching(OAuth2ClientFilter filter) {
    return Conditions.all(
        filter.isStatic().map(wanted -> wanted ? IS_STATIC : not(IS_STATIC)),
        filter.clientName().map(text -> contains(OAUTH2_CLIENTS.CLIENT_NAME_FOLDED, text)),
        filter.clientUri().map(text -> contains(OAUTH2_CLIENTS.CLIENT_URI_FOLDED, text)),
        filter.grantType().map(PgOAuth2ClientRepository::declares),
        filter
            .activeSessions()
            .map(wanted -> wanted ? exists(activeSessions()) : notExists(activeSessions())));
  }

  private static Condition contains(Field<String> folded, String text) {
    return folded.isNotNull().and(Conditions.containsFolded(folded, text));
  }

  private static Condition declares(GrantType type) {
    return OAUTH2_CLIENTS.GRANT_TYPES.contains(new String[] {type.value()});
  }

  private static SelectConditionStep<?> activeSessions() {
    return selectOne()
        .from(OAUTH2_SESSIONS)
        .where(OAUTH2_SESSIONS.CLIENT_ID.eq(OAUTH2_CLIENTS.ID))
        .and(OAUTH2_SESSIONS.FINISHED_AT.isNull());
  }
}
