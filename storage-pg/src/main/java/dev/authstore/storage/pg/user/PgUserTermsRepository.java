package dev.authstore.storage.pg.user;

import static dev.authstore.storage.pg.internal.Bind.bind;
import static dev.authstore.storage.pg.internal.Conditions.exists;
import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static dev.authstore.storage.pg.schema.Tables.USERS;
import static dev.authstore.storage.pg.schema.Tables.USER_TERMS;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.insertInto;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectOne;
import static org.jooq.impl.DSL.with;

import dev.authstore.model.Texts;
import dev.authstore.model.user.AcceptedTerms;
import dev.authstore.model.user.User;
import dev.authstore.storage.Inputs;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.pg.internal.Projection;
import dev.authstore.storage.pg.internal.Row;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.internal.StoredUri;
import dev.authstore.storage.pg.internal.UnitOfWork;
import dev.authstore.storage.user.UserTermsRepository;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Param;

final class PgUserTermsRepository implements UserTermsRepository {
  private static final Projection<AcceptedTerms> TERMS =
      Projection.of(
          "user_terms",
          USER_TERMS.ID,
          PgUserTermsRepository::read,
          USER_TERMS.USER_ID,
          USER_TERMS.TERMS_URL,
          USER_TERMS.CREATED_AT);

  private static final int MAX_URL_BYTES = 2000;

  private static final Param<UUID> ID = param("id", USER_TERMS.ID);
  private static final Param<UUID> USER_ID = param("user_id", USER_TERMS.USER_ID);
  private static final Param<String> URL = param("url", USER_TERMS.TERMS_URL);
  private static final Param<Instant> NOW = param("now", USER_TERMS.CREATED_AT);

  private static final Condition IS_OF_USER = USER_TERMS.USER_ID.eq(USER_ID);

  private static final Statement<Boolean> HAS_ACCEPTED =
      new Statement<>(
          select(
              field(
                  exists(
                      selectOne()
                          .from(USER_TERMS)
                          .where(IS_OF_USER)
                          .and(USER_TERMS.TERMS_URL.eq(URL))))),
          row -> row.get(0, Boolean.class));

  private static final Statement<AcceptedTerms> ALL =
      new Statement<>(
          select(TERMS.columns())
              .from(USER_TERMS)
              .where(IS_OF_USER)
              .orderBy(USER_TERMS.CREATED_AT, USER_TERMS.ID),
          TERMS::read);

  private static final Statement<UUID> ACCEPT = accept();

  private final UnitOfWork work;

  PgUserTermsRepository(UnitOfWork work) {
    this.work = work;
  }

  @Override
  public boolean hasAccepted(User user, URI termsUrl) {
    return termsUrl.isAbsolute()
        && Texts.isStorable(termsUrl.toString(), MAX_URL_BYTES)
        && work.read(
            "user_terms.has_accepted",
            sql -> sql.get(HAS_ACCEPTED, bind(USER_ID, user.id()), bind(URL, termsUrl.toString())));
  }

  @Override
  public List<AcceptedTerms> all(User user) {
    return work.read("user_terms.all", sql -> sql.list(ALL, bind(USER_ID, user.id())));
  }

  @Override
  public void acceptTerms(User user, URI termsUrl) {
    String url = Inputs.absolute("terms URL", termsUrl, MAX_URL_BYTES);
    Optional<UUID> accepting =
        work.write(
            "user_terms.accept_terms",
            sql -> {
              Instant now = work.now();
              return sql.find(
                  ACCEPT,
                  bind(ID, work.newId(now)),
                  bind(USER_ID, user.id()),
                  bind(URL, url),
                  bind(NOW, now));
            });
    if (accepting.isEmpty()) {
      throw new NotFoundException(PgUserRepository.USER.aggregate(), user.id());
    }
  }

  // No row: no user. Whether the row is new does not matter.
  private static Statement<UUID> accept() {
    CommonTableExpression<?> parent =
        name("parent").as(select(USERS.ID).from(USERS).where(USERS.ID.eq(USER_ID)).forKeyShare());
    CommonTableExpression<?> created =
        name("created")
            .as(
                insertInto(
                        USER_TERMS,
                        USER_TERMS.ID,
                        USER_TERMS.USER_ID,
                        USER_TERMS.TERMS_URL,
                        USER_TERMS.CREATED_AT)
                    .select(select(ID, columnOf(parent, USERS.ID), URL, NOW).from(parent))
                    .onConflict(USER_TERMS.USER_ID, USER_TERMS.TERMS_URL)
                    .doNothing()
                    .returning(USER_TERMS.ID));
    return new Statement<>(
        with(parent).with(created).select(columnOf(parent, USERS.ID)).from(parent),
        row -> row.get(0, UUID.class));
  }

  private static AcceptedTerms read(Row row) {
    return new AcceptedTerms(
        row.get(USER_TERMS.ID),
        row.get(USER_TERMS.USER_ID),
        row.decode(USER_TERMS.TERMS_URL, StoredUri::parse),
        row.get(USER_TERMS.CREATED_AT));
  }
}
