package dev.authstore.storage.pg.upstream;

import static dev.authstore.storage.pg.internal.Bind.bind;
import static dev.authstore.storage.pg.schema.Tables.UPSTREAM_OAUTH_PROVIDERS;
import static dev.authstore.storage.pg.upstream.UpstreamProjections.PROVIDER;
import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.deleteFrom;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.update;

import dev.authstore.model.upstream.UpstreamOAuthProvider;
import dev.authstore.storage.InvalidDataException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.internal.Conditions;
import dev.authstore.storage.pg.internal.Keyset;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.internal.UnitOfWork;
import dev.authstore.storage.pg.internal.Values;
import dev.authstore.storage.upstream.UpstreamOAuthProviderFilter;
import dev.authstore.storage.upstream.UpstreamOAuthProviderParams;
import dev.authstore.storage.upstream.UpstreamOAuthProviderRepository;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.Param;

final class PgUpstreamOAuthProviderRepository implements UpstreamOAuthProviderRepository {
  private static final Param<UUID> ID = param("id", UPSTREAM_OAUTH_PROVIDERS.ID);
  private static final Param<Instant> NOW = param("now", UPSTREAM_OAUTH_PROVIDERS.DISABLED_AT);
  private static final Condition IS_ADDRESSED = UPSTREAM_OAUTH_PROVIDERS.ID.eq(ID);
  private static final Condition IS_ENABLED = UPSTREAM_OAUTH_PROVIDERS.DISABLED_AT.isNull();

  private static final Statement<UpstreamOAuthProvider> LOOKUP = PROVIDER.where(IS_ADDRESSED);

  private static final Statement<Reading> ALL_ENABLED =
      new Statement<>(
          select(PROVIDER.columns())
              .from(UPSTREAM_OAUTH_PROVIDERS)
              .where(IS_ENABLED)
              .orderBy(UPSTREAM_OAUTH_PROVIDERS.UI_ORDER, UPSTREAM_OAUTH_PROVIDERS.ID),
          PgUpstreamOAuthProviderRepository::reading);

  private static final Statement<UpstreamOAuthProvider> DISABLE =
      new Statement<>(
          update(UPSTREAM_OAUTH_PROVIDERS)
              .set(
                  UPSTREAM_OAUTH_PROVIDERS.DISABLED_AT,
                  coalesce(UPSTREAM_OAUTH_PROVIDERS.DISABLED_AT, NOW))
              .where(IS_ADDRESSED)
              .returning(PROVIDER.columns()),
          PROVIDER::read);

  // Links and sessions go by cascade: also those that others commit while this waits for them.
  private static final Statement<UUID> DELETE =
      new Statement<>(
          deleteFrom(UPSTREAM_OAUTH_PROVIDERS)
              .where(IS_ADDRESSED)
              .returning(UPSTREAM_OAUTH_PROVIDERS.ID),
          row -> row.get(0, UUID.class));

  private final UnitOfWork work;

  PgUpstreamOAuthProviderRepository(UnitOfWork work) {
    this.work = work;
  }

  @Override
  public Optional<UpstreamOAuthProvider> lookup(UUID id) {
    return work.read("upstream_oauth_provider.lookup", sql -> sql.find(LOOKUP, bind(ID, id)));
  }

  @Override
  public List<UpstreamOAuthProvider> allEnabled() {
    List<Reading> rows =
        work.read("upstream_oauth_provider.all_enabled", sql -> sql.list(ALL_ENABLED));
    rows.forEach(row -> row.defect().ifPresent(work::skipped));
    return rows.stream().flatMap(row -> row.provider().stream()).toList();
  }

  @Override
  public Page<UpstreamOAuthProvider> list(
      UpstreamOAuthProviderFilter filter, Pagination pagination) {
    return work.read(
        "upstream_oauth_provider.list",
        sql -> Keyset.page(sql, PROVIDER, matching(filter), pagination));
  }

  @Override
  public long count(UpstreamOAuthProviderFilter filter) {
    return work.read(
        "upstream_oauth_provider.count", sql -> Keyset.count(sql, PROVIDER, matching(filter)));
  }

  @Override
  public UpstreamOAuthProvider add(UpstreamOAuthProviderParams params) {
    return work.write(
        "upstream_oauth_provider.add",
        sql -> {
          Instant now = work.now();
          return sql.get(ProviderWriting.ADD, ProviderWriting.values(work.newId(now), now, params));
        });
  }

  @Override
  public UpstreamOAuthProvider upsert(UUID id, UpstreamOAuthProviderParams params) {
    return work.write(
        "upstream_oauth_provider.upsert",
        sql -> sql.get(ProviderWriting.UPSERT, ProviderWriting.values(id, work.now(), params)));
  }

  @Override
  public UpstreamOAuthProvider disable(UpstreamOAuthProvider provider) {
    return work.write(
            "upstream_oauth_provider.disable",
            sql -> sql.find(DISABLE, bind(ID, provider.id()), bind(NOW, work.now())))
        .orElseThrow(() -> gone(provider.id()));
  }

  @Override
  public void delete(UpstreamOAuthProvider provider) {
    delete("upstream_oauth_provider.delete", provider.id());
  }

  @Override
  public void deleteById(UUID id) {
    delete("upstream_oauth_provider.delete_by_id", id);
  }

  private void delete(String operation, UUID id) {
    Optional<UUID> deleted = work.write(operation, sql -> sql.find(DELETE, bind(ID, id)));
    if (deleted.isEmpty()) {
      throw gone(id);
    }
  }

  /** A provider, or why its row cannot be read. */
  private record Reading(
      Optional<UpstreamOAuthProvider> provider, Optional<InvalidDataException> defect) {}

  private static Reading reading(Values row) {
    try {
      return new Reading(Optional.of(PROVIDER.read(row)), Optional.empty());
    } catch (InvalidDataException e) {
      return new Reading(Optional.empty(), Optional.of(e));
    }
  }

  private static Condition matching(UpstreamOAuthProviderFilter filter) {
    return Conditions.all(
        filter
            .enabled()
            .map(wanted -> Conditions.present(UPSTREAM_OAUTH_PROVIDERS.DISABLED_AT, !wanted)));
  }

  private static NotFoundException gone(UUID id) {
    return new NotFoundException(PROVIDER.aggregate(), id);
  }
}
