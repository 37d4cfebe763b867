package dev.authstore.storage.pg.user;

import static dev.authstore.storage.pg.internal.Bind.bind;
import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static dev.authstore.storage.pg.schema.Tables.USERS;
import static dev.authstore.storage.pg.schema.Tables.USER_EMAILS;
import static org.jooq.impl.DSL.deleteFrom;
import static org.jooq.impl.DSL.insertInto;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.notExists;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectOne;
import static org.jooq.impl.DSL.trueCondition;
import static org.jooq.impl.DSL.with;

import dev.authstore.model.Folding;
import dev.authstore.model.Texts;
import dev.authstore.model.user.User;
import dev.authstore.model.user.UserEmail;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.Inputs;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.NotFoundException;
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
import dev.authstore.storage.user.UserEmailFilter;
import dev.authstore.storage.user.UserEmailRepository;
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
