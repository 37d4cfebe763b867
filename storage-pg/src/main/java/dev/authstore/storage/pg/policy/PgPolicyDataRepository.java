package dev.authstore.storage.pg.policy;

import static dev.authstore.storage.pg.internal.Bind.bind;
import static dev.authstore.storage.pg.internal.Conditions.notExists;
import static dev.authstore.storage.pg.schema.Tables.POLICY_DATA;
import static org.jooq.impl.DSL.deleteFrom;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.insertInto;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectOne;

import dev.authstore.model.Ids;
import dev.authstore.model.Json;
import dev.authstore.model.policy.PolicyData;
import dev.authstore.storage.Inputs;
import dev.authstore.storage.pg.internal.AdvisoryLock;
import dev.authstore.storage.pg.internal.Bind;
import dev.authstore.storage.pg.internal.Projection;
import dev.authstore.storage.pg.internal.Row;
import dev.authstore.storage.pg.internal.Sql;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.internal.UnitOfWork;
import dev.authstore.storage.policy.PolicyDataRepository;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.Param;
import org.jooq.Record1;
import org.jooq.SelectSeekStep1;
import org.jooq.impl.SQLDataType;

final class PgPolicyDataRepository implements PolicyDataRepository {
  private static final Projection<PolicyData> POLICY =
      Projection.of(
          "policy_data",
          POLICY_DATA.ID,
          PgPolicyDataRepository::read,
          POLICY_DATA.CREATED_AT,
          POLICY_DATA.DATA);

  private static final int MAX_BYTES = 1024 * 1024;

  private static final Param<UUID> ID = param("id", POLICY_DATA.ID);
  private static final Param<Instant> NOW = param("now", POLICY_DATA.CREATED_AT);
  private static final Param<String> DATA = param("data", POLICY_DATA.DATA);
  private static final Param<Integer> KEPT = param("kept", SQLDataType.INTEGER);

  private static final Condition IS_IN_FORCE = POLICY_DATA.ID.eq(latestFirst().limit(inline(1)));

  private static final Statement<PolicyData> LOOKUP = POLICY.where(POLICY_DATA.ID.eq(ID));
  private static final Statement<PolicyData> GET = POLICY.where(IS_IN_FORCE);
  private static final Statement<PolicyData> GET_UNLESS_KNOWN =
      POLICY.where(IS_IN_FORCE.and(POLICY_DATA.ID.ne(ID)));

  private static final Statement<PolicyData> ADD_IF_LATEST =
      new Statement<>(
          insertInto(POLICY_DATA, POLICY_DATA.ID, POLICY_DATA.CREATED_AT, POLICY_DATA.DATA)
              .select(
                  select(ID, NOW, DATA)
                      .where(notExists(selectOne().from(POLICY_DATA).where(POLICY_DATA.ID.ge(ID)))))
              .returning(POLICY.columns()),
          POLICY::read);

  private static final Statement<UUID> LATEST_ID =
      new Statement<>(latestFirst().limit(inline(1)), row -> row.get(0, UUID.class));

  private static final Statement<UUID> PRUNE =
      new Statement<>(
          deleteFrom(POLICY_DATA)
              .where(POLICY_DATA.ID.le(latestFirst().limit(inline(1)).offset(KEPT)))
              .returning(POLICY_DATA.ID),
          row -> row.get(0, UUID.class));

  private final UnitOfWork work;

  PgPolicyDataRepository(UnitOfWork work) {
    this.work = work;
  }

  @Override
  public Optional<PolicyData> get() {
    return work.read("policy_data.get", sql -> sql.find(GET));
  }

  @Override
  public Optional<PolicyData> getIfNewer(Optional<UUID> known) {
    return work.read(
        "policy_data.get_if_newer",
        sql ->
            known.isPresent() ? sql.find(GET_UNLESS_KNOWN, bind(ID, known.get())) : sql.find(GET));
  }

  @Override
  public Optional<PolicyData> lookup(UUID id) {
    return work.read("policy_data.lookup", sql -> sql.find(LOOKUP, bind(ID, id)));
  }

  @Override
  public PolicyData set(Json data) {
    String text = Inputs.text("policy data", data.text(), MAX_BYTES);
    return work.atomic(
        "policy_data.set",
        sql -> {
          AdvisoryLock.POLICY_DATA.take(sql, "");
          Instant now = work.now();
          UUID id = work.newId(now);
          return sql.find(ADD_IF_LATEST, version(id, now, text))
              .orElseGet(() -> sql.get(ADD_IF_LATEST, version(afterLatest(sql, id), now, text)));
        });
  }

  @Override
  public int prune(int keep) {
    Inputs.range("keep", keep, 1, Integer.MAX_VALUE);
    return work.write("policy_data.prune", sql -> sql.list(PRUNE, bind(KEPT, keep)).size());
  }

  private static Bind[] version(UUID id, Instant now, String text) {
    return new Bind[] {bind(ID, id), bind(NOW, now), bind(DATA, text)};
  }

  // Another clock is ahead of ours. Our generator of ids must not follow it, as it would stay
  // there.
  private static UUID afterLatest(Sql sql, UUID id) {
    return Ids.movedTo(Ids.timestamp(sql.get(LATEST_ID)).plusMillis(1), id);
  }

  private static SelectSeekStep1<Record1<UUID>, UUID> latestFirst() {
    return select(POLICY_DATA.ID).from(POLICY_DATA).orderBy(POLICY_DATA.ID.desc());
  }

  private static PolicyData read(Row row) {
    return new PolicyData(
        row.get(POLICY_DATA.ID),
        row.get(POLICY_DATA.CREATED_AT),
        row.decode(POLICY_DATA.DATA, Json::parse));
  }
}
