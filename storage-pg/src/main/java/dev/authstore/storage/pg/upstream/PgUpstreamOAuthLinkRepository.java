package dev.authstore.storage.pg.upstream;

import static dev.authstore.storage.pg.internal.Bind.bind;
import static dev.authstore.storage.pg.internal.Conditions.exists;
import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static dev.authstore.storage.pg.schema.Tables.UPSTREAM_OAUTH_LINKS;
import static dev.authstore.storage.pg.schema.Tables.UPSTREAM_OAUTH_PROVIDERS;
import static dev.authstore.storage.pg.schema.Tables.USERS;
import static dev.authstore.storage.pg.upstream.UpstreamProjections.LINK;
import static dev.authstore.storage.pg.upstream.UpstreamProjections.PROVIDER;
import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.falseCondition;
import static org.jooq.impl.DSL.insertInto;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectCount;
import static org.jooq.impl.DSL.selectOne;
import static org.jooq.impl.DSL.trueCondition;
import static org.jooq.impl.DSL.update;
import static org.jooq.impl.DSL.with;

import dev.authstore.model.Folding;
import dev.authstore.model.Texts;
import dev.authstore.model.upstream.UpstreamOAuthLink;
import dev.authstore.model.upstream.UpstreamOAuthProvider;
import dev.authstore.model.user.User;
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
import dev.authstore.storage.pg.internal.Bind;
import dev.authstore.storage.pg.internal.Conditions;
import dev.authstore.storage.pg.internal.Keyset;
import dev.authstore.storage.pg.internal.Sql;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.internal.UnitOfWork;
import dev.authstore.storage.upstream.FoundLink;
import dev.authstore.storage.upstream.UpstreamOAuthLinkFilter;
import dev.authstore.storage.upstream.UpstreamOAuthLinkRepository;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Param;

final class PgUpstreamOAuthLinkRepository implements UpstreamOAuthLinkRepository {
  private static final int MAX_SUBJECT_BYTES = 2048;
  private static final int MAX_NAME_BYTES = 1024;

  private static final Param<UUID> ID = param("id", UPSTREAM_OAUTH_LINKS.ID);
  private static final Param<UUID> PROVIDER_ID =
      param("provider_id", UPSTREAM_OAUTH_LINKS.PROVIDER_ID);
  private static final Param<UUID> USER_ID = param("user_id", UPSTREAM_OAUTH_LINKS.USER_ID);
  private static final Param<String> SUBJECT = param("subject", UPSTREAM_OAUTH_LINKS.SUBJECT);
  private static final Param<String> NAME = param("name", UPSTREAM_OAUTH_LINKS.HUMAN_ACCOUNT_NAME);
  private static final Param<String> NAME_FOLDED =
      param("name_folded", UPSTREAM_OAUTH_LINKS.HUMAN_ACCOUNT_NAME_FOLDED);
  private static final Param<Instant> NOW = param("now", UPSTREAM_OAUTH_LINKS.CREATED_AT);

  private static final Condition IS_ADDRESSED = UPSTREAM_OAUTH_LINKS.ID.eq(ID);
  private static final Condition HAS_SUBJECT =
      UPSTREAM_OAUTH_LINKS
          .SUBJECT
          .eq(SUBJECT)
          .and(UPSTREAM_OAUTH_LINKS.PROVIDER_ID.eq(PROVIDER_ID));

  private static final Statement<UpstreamOAuthLink> LOOKUP = LINK.where(IS_ADDRESSED);
  private static final Statement<UpstreamOAuthLink> FIND_BY_SUBJECT = LINK.where(HAS_SUBJECT);
  private static final Statement<Optional<UpstreamOAuthLink>> ADD = add();
  private static final Statement<Optional<FoundLink>> FIND_OR_ADD = findOrAdd();
  private static final Statement<Association> ASSOCIATE = associate();

  // As a deletion does, so that no login is completed by it meanwhile.
  private static final Statement<UUID> LOCK =
      new Statement<>(
          select(UPSTREAM_OAUTH_LINKS.ID)
              .from(UPSTREAM_OAUTH_LINKS)
              .where(IS_ADDRESSED)
              .forUpdate(),
          row -> row.get(0, UUID.class));

  private final UnitOfWork work;

  PgUpstreamOAuthLinkRepository(UnitOfWork work) {
    this.work = work;
  }

  @Override
  public Optional<UpstreamOAuthLink> lookup(UUID id) {
    return work.read("upstream_oauth_link.lookup", sql -> sql.find(LOOKUP, bind(ID, id)));
  }

  @Override
  public Optional<UpstreamOAuthLink> findBySubject(UpstreamOAuthProvider provider, String subject) {
    if (!Texts.isStorable(subject, MAX_SUBJECT_BYTES)) {
      return Optional.empty();
    }
    return work.read(
        "upstream_oauth_link.find_by_subject",
        sql -> sql.find(FIND_BY_SUBJECT, bind(SUBJECT, subject), bind(PROVIDER_ID, provider.id())));
  }

  @Override
  public Page<UpstreamOAuthLink> list(UpstreamOAuthLinkFilter filter, Pagination pagination) {
    return work.read(
        "upstream_oauth_link.list", sql -> Keyset.page(sql, LINK, matching(filter), pagination));
  }

  @Override
  public long count(UpstreamOAuthLinkFilter filter) {
    return work.read("upstream_oauth_link.count", sql -> Keyset.count(sql, LINK, matching(filter)));
  }

  @Override
  public UpstreamOAuthLink add(
      UpstreamOAuthProvider provider, String subject, Optional<String> humanAccountName) {
    checkTexts(subject, humanAccountName);
    return work.write(
        "upstream_oauth_link.add",
        sql ->
            sql.find(ADD, values(provider, subject, humanAccountName))
                .orElseThrow(() -> gone(provider))
                .orElseThrow(() -> new ConflictException(ConflictKind.UPSTREAM_SUBJECT_TAKEN)));
  }

  @Override
  public FoundLink findOrAdd(
      UpstreamOAuthProvider provider, String subject, Optional<String> humanAccountName) {
    checkTexts(subject, humanAccountName);
    return work.write(
        "upstream_oauth_link.find_or_add",
        sql -> {
          Bind[] values = values(provider, subject, humanAccountName);
          return foundOrAdded(sql, provider, values)
              .or(() -> foundOrAdded(sql, provider, values))
              .orElseThrow(
                  () ->
                      new InvalidStateException(
                          PROVIDER.aggregate(), provider.id(), StateReason.RACED));
        });
  }

  @Override
  public UpstreamOAuthLink associateToUser(UpstreamOAuthLink link, User user) {
    Association association =
        work.write(
            "upstream_oauth_link.associate_to_user",
            sql -> sql.get(ASSOCIATE, bind(ID, link.id()), bind(USER_ID, user.id())));
    if (!association.linkExists()) {
      throw gone(link);
    }
    if (!association.userExists()) {
      throw new NotFoundException("user", user.id());
    }
    return association
        .changed()
        .orElseThrow(() -> new ConflictException(ConflictKind.UPSTREAM_LINK_TAKEN));
  }

  @Override
  public void remove(UpstreamOAuthLink link) {
    work.atomic(
        "upstream_oauth_link.remove",
        sql -> {
          UUID locked = sql.find(LOCK, bind(ID, link.id())).orElseThrow(() -> gone(link));
          return Unlinking.deleteLinks(sql, List.of(locked), work.now());
        });
  }

  @Override
  public int removeBulk(UpstreamOAuthLinkFilter filter) {
    if (filter.isEmpty()) {
      throw new InvalidInputException("a filter without a criterion would remove everything");
    }
    return work.atomic(
        "upstream_oauth_link.remove_bulk",
        sql -> {
          // in the order of the ids, so that two of these never wait for each other in a circle
          List<UUID> locked =
              sql.dsl()
                  .select(UPSTREAM_OAUTH_LINKS.ID)
                  .from(UPSTREAM_OAUTH_LINKS)
                  .where(matching(filter))
                  .orderBy(UPSTREAM_OAUTH_LINKS.ID)
                  .forUpdate()
                  .fetch(UPSTREAM_OAUTH_LINKS.ID);
          return locked.isEmpty() ? 0 : Unlinking.deleteLinks(sql, locked, work.now());
        });
  }

  @Override
  public CleanupResult<UUID> cleanupOrphaned(Optional<UUID> since, UUID until, int limit) {
    return work.atomic(
        "upstream_oauth_link.cleanup_orphaned",
        sql -> OrphanCleanups.links(sql, since, until, limit, work.now()));
  }

  /** The link as it was given to the account, or the facts that tell why it was not. */
  private record Association(
      boolean linkExists, boolean userExists, Optional<UpstreamOAuthLink> changed) {}

  private Bind[] values(
      UpstreamOAuthProvider provider, String subject, Optional<String> humanAccountName) {
    Instant now = work.now();
    return new Bind[] {
      bind(ID, work.newId(now)),
      bind(PROVIDER_ID, provider.id()),
      bind(SUBJECT, subject),
      bind(NAME, humanAccountName.orElse(null)),
      bind(NAME_FOLDED, humanAccountName.map(Folding::fold).orElse(null)),
      bind(NOW, now)
    };
  }

  // Nothing if somebody commits the link while the insert waits for them: the statement does not
  // see what is newer than itself.
  private static Optional<FoundLink> foundOrAdded(
      Sql sql, UpstreamOAuthProvider provider, Bind[] values) {
    return sql.find(FIND_OR_ADD, values).orElseThrow(() -> gone(provider));
  }

  private static void checkTexts(String subject, Optional<String> humanAccountName) {
    Inputs.text("subject", subject, MAX_SUBJECT_BYTES);
    humanAccountName
        .filter(name -> !name.isEmpty())
        .ifPresent(name -> Inputs.text("human account name", name, MAX_NAME_BYTES));
  }

  // No row: no provider. A row without a link: the identity has one.
  private static Statement<Optional<UpstreamOAuthLink>> add() {
    CommonTableExpression<?> provider = lockedProvider();
    CommonTableExpression<?> created = created(provider);
    return new Statement<>(
        with(provider)
            .with(created)
            .select(LINK.ownColumns(created))
            .from(provider)
            .leftJoin(created)
            .on(trueCondition()),
        row -> LINK.optional(row, 0));
  }

  // What is found is locked, so that no clean-up takes it away before the login is completed.
  private static Statement<Optional<FoundLink>> findOrAdd() {
    CommonTableExpression<?> provider = lockedProvider();
    CommonTableExpression<?> created = created(provider);
    CommonTableExpression<?> found =
        name("found")
            .as(
                select(LINK.columns())
                    .from(UPSTREAM_OAUTH_LINKS)
                    .where(HAS_SUBJECT)
                    .and(selectCount().from(provider).asField().ge(0))
                    .forKeyShare());
    int there = LINK.columns().size();
    return new Statement<>(
        with(provider)
            .with(created)
            .with(found)
            .select(LINK.ownColumns(created))
            .select(LINK.ownColumns(found))
            .from(provider)
            .leftJoin(created)
            .on(trueCondition())
            .leftJoin(found)
            .on(trueCondition()),
        row ->
            LINK.optional(row, 0)
                .map(link -> new FoundLink(link, true))
                .or(() -> LINK.optional(row, there).map(link -> new FoundLink(link, false))));
  }

  private static CommonTableExpression<?> lockedProvider() {
    return name("provider")
        .as(
            select(UPSTREAM_OAUTH_PROVIDERS.ID)
                .from(UPSTREAM_OAUTH_PROVIDERS)
                .where(UPSTREAM_OAUTH_PROVIDERS.ID.eq(PROVIDER_ID))
                .forKeyShare());
  }

  private static CommonTableExpression<?> created(CommonTableExpression<?> provider) {
    return name("created")
        .as(
            insertInto(
                    UPSTREAM_OAUTH_LINKS,
                    UPSTREAM_OAUTH_LINKS.ID,
                    UPSTREAM_OAUTH_LINKS.PROVIDER_ID,
                    UPSTREAM_OAUTH_LINKS.SUBJECT,
                    UPSTREAM_OAUTH_LINKS.HUMAN_ACCOUNT_NAME,
                    UPSTREAM_OAUTH_LINKS.HUMAN_ACCOUNT_NAME_FOLDED,
                    UPSTREAM_OAUTH_LINKS.CREATED_AT)
                .select(
                    select(
                            ID,
                            columnOf(provider, UPSTREAM_OAUTH_PROVIDERS.ID),
                            SUBJECT,
                            NAME,
                            NAME_FOLDED,
                            NOW)
                        .from(provider))
                .onConflict(UPSTREAM_OAUTH_LINKS.SUBJECT, UPSTREAM_OAUTH_LINKS.PROVIDER_ID)
                .doNothing()
                .returning(LINK.columns()));
  }

  // Counting the account first sees to it that it is locked before the link, as everywhere.
  private static Statement<Association> associate() {
    CommonTableExpression<?> user =
        name("owner").as(select(USERS.ID).from(USERS).where(USERS.ID.eq(USER_ID)).forKeyShare());
    CommonTableExpression<?> link =
        name("link")
            .as(
                select(UPSTREAM_OAUTH_LINKS.ID, UPSTREAM_OAUTH_LINKS.USER_ID)
                    .from(UPSTREAM_OAUTH_LINKS)
                    .where(IS_ADDRESSED)
                    .and(selectCount().from(user).asField().ge(0))
                    .forNoKeyUpdate());
    CommonTableExpression<?> changed =
        name("changed")
            .as(
                update(UPSTREAM_OAUTH_LINKS)
                    .set(UPSTREAM_OAUTH_LINKS.USER_ID, columnOf(user, USERS.ID))
                    .from(link.crossJoin(user))
                    .where(UPSTREAM_OAUTH_LINKS.ID.eq(columnOf(link, UPSTREAM_OAUTH_LINKS.ID)))
                    .and(
                        coalesce(
                                columnOf(link, UPSTREAM_OAUTH_LINKS.USER_ID),
                                columnOf(user, USERS.ID))
                            .eq(columnOf(user, USERS.ID)))
                    .returning(LINK.columns()));
    int facts = LINK.columns().size();
    return new Statement<>(
        with(user)
            .with(link)
            .with(changed)
            .select(LINK.ownColumns(changed))
            .select(
                columnOf(link, UPSTREAM_OAUTH_LINKS.ID).isNotNull(),
                columnOf(user, USERS.ID).isNotNull())
            .from(selectOne().asTable("always"))
            .leftJoin(link)
            .on(trueCondition())
            .leftJoin(user)
            .on(trueCondition())
            .leftJoin(changed)
            .on(trueCondition()),
        row ->
            new Association(
                row.get(facts, Boolean.class),
                row.get(facts + 1, Boolean.class),
                LINK.optional(row, 0)));
  }

  private static Condition matching(UpstreamOAuthLinkFilter filter) {
    return Conditions.all(
        filter.user().map(UPSTREAM_OAUTH_LINKS.USER_ID::eq),
        filter.linked().map(wanted -> Conditions.present(UPSTREAM_OAUTH_LINKS.USER_ID, wanted)),
        filter.provider().map(UPSTREAM_OAUTH_LINKS.PROVIDER_ID::eq),
        filter.providerEnabled().map(PgUpstreamOAuthLinkRepository::isAtProvider),
        filter
            .subject()
            .map(
                subject ->
                    Texts.isStorable(subject, MAX_SUBJECT_BYTES)
                        ? UPSTREAM_OAUTH_LINKS.SUBJECT.eq(subject)
                        : falseCondition()),
        filter
            .humanAccountName()
            .map(
                text ->
                    UPSTREAM_OAUTH_LINKS
                        .HUMAN_ACCOUNT_NAME_FOLDED
                        .isNotNull()
                        .and(
                            Conditions.containsFolded(
                                UPSTREAM_OAUTH_LINKS.HUMAN_ACCOUNT_NAME_FOLDED, text))));
  }

  private static Condition isAtProvider(boolean enabled) {
    return exists(
        selectOne()
            .from(UPSTREAM_OAUTH_PROVIDERS)
            .where(UPSTREAM_OAUTH_PROVIDERS.ID.eq(UPSTREAM_OAUTH_LINKS.PROVIDER_ID))
            .and(Conditions.present(UPSTREAM_OAUTH_PROVIDERS.DISABLED_AT, !enabled)));
  }

  private static NotFoundException gone(UpstreamOAuthLink link) {
    return new NotFoundException(LINK.aggregate(), link.id());
  }

  private static NotFoundException gone(UpstreamOAuthProvider provider) {
    return new NotFoundException(PROVIDER.aggregate(), provider.id());
  }
}
