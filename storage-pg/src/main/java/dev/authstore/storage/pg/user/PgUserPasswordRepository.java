package dev.authstore.storage.pg.user;

import static dev.authstore.storage.pg.internal.Bind.bind;
import static dev.authstore.storage.pg.schema.Tables.USERS;
import static dev.authstore.storage.pg.schema.Tables.USER_PASSWORDS;
import static org.jooq.impl.DSL.count;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.update;
import static org.jooq.impl.DSL.with;

import dev.authstore.model.user.Password;
import dev.authstore.model.user.User;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.Inputs;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.pg.internal.Projection;
import dev.authstore.storage.pg.internal.Row;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.internal.UnitOfWork;
import dev.authstore.storage.user.UserPasswordRepository;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Param;

final class PgUserPasswordRepository implements UserPasswordRepository {
  static final Projection<Password> PASSWORD =
      Projection.of(
          "user_password",
          USER_PASSWORDS.ID,
          PgUserPasswordRepository::read,
          USER_PASSWORDS.USER_ID,
          USER_PASSWORDS.HASHED_PASSWORD,
          USER_PASSWORDS.VERSION,
          USER_PASSWORDS.UPGRADED_FROM_ID,
          USER_PASSWORDS.CREATED_AT);

  static final int MAX_VERSION = 65_535;
  static final int MAX_HASH_BYTES = 1024;

  private static final Param<UUID> ID = param("id", USER_PASSWORDS.ID);
  private static final Param<UUID> USER_ID = param("user_id", USER_PASSWORDS.USER_ID);
  private static final Param<String> HASH = param("hash", USER_PASSWORDS.HASHED_PASSWORD);
  private static final Param<Integer> VERSION = param("version", USER_PASSWORDS.VERSION);
  private static final Param<UUID> UPGRADED_FROM =
      param("upgraded_from", USER_PASSWORDS.UPGRADED_FROM_ID);
  private static final Param<Instant> NOW = param("now", USER_PASSWORDS.CREATED_AT);

  private static final Condition IS_ACTIVE =
      USER_PASSWORDS.USER_ID.eq(USER_ID).and(USER_PASSWORDS.SUPERSEDED_AT.isNull());

  private static final Statement<Password> ACTIVE = PASSWORD.where(IS_ACTIVE);

  // Two of these for one user queue up here, so the next statement sees what the first one left.
  private static final Statement<UUID> LOCK_USER =
      new Statement<>(
          select(USERS.ID).from(USERS).where(USERS.ID.eq(USER_ID)).forNoKeyUpdate(),
          row -> row.get(0, UUID.class));

  private static final Statement<Password> REPLACE = replace();

  private final UnitOfWork work;

  PgUserPasswordRepository(UnitOfWork work) {
    this.work = work;
  }

  @Override
  public Optional<Password> active(User user) {
    return work.read("user_password.active", sql -> sql.find(ACTIVE, bind(USER_ID, user.id())));
  }

  @Override
  public Password add(
      User user, int version, String hashedPassword, Optional<Password> upgradedFrom) {
    Inputs.range("version", version, 0, MAX_VERSION);
    String hash = Inputs.text("password hash", hashedPassword, MAX_HASH_BYTES);
    if (upgradedFrom.isPresent() && !upgradedFrom.get().userId().equals(user.id())) {
      throw new InvalidInputException("the password to upgrade from is another user's");
    }
    return work.atomic(
        "user_password.add",
        sql -> {
          if (sql.find(LOCK_USER, bind(USER_ID, user.id())).isEmpty()) {
            throw new NotFoundException(PgUserRepository.USER.aggregate(), user.id());
          }
          Instant now = work.now();
          return sql.find(
                  REPLACE,
                  bind(ID, work.newId(now)),
                  bind(USER_ID, user.id()),
                  bind(HASH, hash),
                  bind(VERSION, version),
                  bind(UPGRADED_FROM, upgradedFrom.map(Password::id).orElse(null)),
                  bind(NOW, now))
              .orElseThrow(() -> new ConflictException(ConflictKind.PASSWORD_SUPERSEDED));
        });
  }

  // Counting what was superseded makes the insert wait for it: there is never more than one active
  // row.
  private static Statement<Password> replace() {
    CommonTableExpression<?> superseded =
        name("superseded")
            .as(
                update(USER_PASSWORDS)
                    .set(USER_PASSWORDS.SUPERSEDED_AT, NOW)
                    .setNull(USER_PASSWORDS.HASHED_PASSWORD)
                    .where(IS_ACTIVE)
                    .and(UPGRADED_FROM.isNull().or(USER_PASSWORDS.ID.eq(UPGRADED_FROM)))
                    .returning(USER_PASSWORDS.ID));
    return new Statement<>(
        with(superseded)
            .insertInto(
                USER_PASSWORDS,
                USER_PASSWORDS.ID,
                USER_PASSWORDS.USER_ID,
                USER_PASSWORDS.HASHED_PASSWORD,
                USER_PASSWORDS.VERSION,
                USER_PASSWORDS.UPGRADED_FROM_ID,
                USER_PASSWORDS.CREATED_AT)
            .select(
                select(ID, USER_ID, HASH, VERSION, UPGRADED_FROM, NOW)
                    .from(superseded)
                    .having(UPGRADED_FROM.isNull().or(count().eq(1))))
            .returning(PASSWORD.columns()),
        PASSWORD::read);
  }

  private static Password read(Row row) {
    return new Password(
        row.get(USER_PASSWORDS.ID),
        row.get(USER_PASSWORDS.USER_ID),
        row.get(USER_PASSWORDS.HASHED_PASSWORD),
        row.decode(USER_PASSWORDS.VERSION, PgUserPasswordRepository::version),
        row.find(USER_PASSWORDS.UPGRADED_FROM_ID),
        row.get(USER_PASSWORDS.CREATED_AT));
  }

  static int version(int stored) {
    if (stored < 0 || stored > MAX_VERSION) {
      throw new IllegalArgumentException("not from 0 to " + MAX_VERSION);
    }
    return stored;
  }
}
