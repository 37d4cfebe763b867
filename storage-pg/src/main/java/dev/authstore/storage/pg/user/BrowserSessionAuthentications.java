package dev.authstore.storage.pg.user;

import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static dev.authstore.storage.pg.schema.Tables.BROWSER_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.BROWSER_SESSION_AUTHENTICATIONS;
import static dev.authstore.storage.pg.schema.Tables.UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.USER_PASSWORDS;
import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.insertInto;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectCount;
import static org.jooq.impl.DSL.selectOne;
import static org.jooq.impl.DSL.trueCondition;
import static org.jooq.impl.DSL.update;
import static org.jooq.impl.DSL.with;

import dev.authstore.model.user.Authentication;
import dev.authstore.model.user.AuthenticationMethod;
import dev.authstore.storage.pg.internal.Projection;
import dev.authstore.storage.pg.internal.Row;
import dev.authstore.storage.pg.internal.Statement;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Param;
import org.jooq.Table;
import org.jooq.WithStep;

/** The statements that write and read the authentications in a browser session. */
final class BrowserSessionAuthentications {
  static final Projection<Authentication> AUTHENTICATION =
      Projection.of(
          "browser_session_authentication",
          BROWSER_SESSION_AUTHENTICATIONS.ID,
          BrowserSessionAuthentications::read,
          BROWSER_SESSION_AUTHENTICATIONS.BROWSER_SESSION_ID,
          BROWSER_SESSION_AUTHENTICATIONS.CREATED_AT,
          BROWSER_SESSION_AUTHENTICATIONS.USER_PASSWORD_ID,
          BROWSER_SESSION_AUTHENTICATIONS.UPSTREAM_SESSION_ID);

  static final Param<UUID> SESSION_ID = param("session_id", BROWSER_SESSIONS.ID);
  static final Param<UUID> ID = param("id", BROWSER_SESSION_AUTHENTICATIONS.ID);
  static final Param<Instant> NOW = param("now", BROWSER_SESSION_AUTHENTICATIONS.CREATED_AT);

  /** The password, or the upstream session. */
  static final Param<UUID> PROOF_ID = param("proof_id", USER_PASSWORDS.ID);

  static final Statement<Verdict> WITH_PASSWORD = withPassword();
  static final Statement<Verdict> WITH_UPSTREAM = withUpstream();

  static final Statement<Authentication> LAST =
      new Statement<>(
          select(AUTHENTICATION.columns())
              .from(BROWSER_SESSION_AUTHENTICATIONS)
              .where(BROWSER_SESSION_AUTHENTICATIONS.BROWSER_SESSION_ID.eq(SESSION_ID))
              .orderBy(
                  BROWSER_SESSION_AUTHENTICATIONS.CREATED_AT.desc(),
                  BROWSER_SESSION_AUTHENTICATIONS.ID.desc())
              .limit(1),
          AUTHENTICATION::read);

  private BrowserSessionAuthentications() {}

  /** The authentication, or the facts that tell why there is none. */
  record Verdict(
      boolean sessionExists,
      boolean sessionFinished,
      boolean proofExists,
      Optional<Authentication> created) {}

  private static Statement<Verdict> withPassword() {
    CommonTableExpression<?> password =
        name("password")
            .as(
                select(USER_PASSWORDS.ID, USER_PASSWORDS.USER_ID)
                    .from(USER_PASSWORDS)
                    .where(USER_PASSWORDS.ID.eq(PROOF_ID))
                    .forKeyShare());
    CommonTableExpression<?> session =
        name("session")
            .as(
                select(BROWSER_SESSIONS.ID, BROWSER_SESSIONS.USER_ID, BROWSER_SESSIONS.FINISHED_AT)
                    .from(BROWSER_SESSIONS)
                    .where(BROWSER_SESSIONS.ID.eq(SESSION_ID))
                    .forNoKeyUpdate());
    CommonTableExpression<?> created =
        name("created")
            .as(
                insertInto(
                        BROWSER_SESSION_AUTHENTICATIONS,
                        BROWSER_SESSION_AUTHENTICATIONS.ID,
                        BROWSER_SESSION_AUTHENTICATIONS.BROWSER_SESSION_ID,
                        BROWSER_SESSION_AUTHENTICATIONS.CREATED_AT,
                        BROWSER_SESSION_AUTHENTICATIONS.USER_PASSWORD_ID)
                    .select(
                        select(
                                ID,
                                columnOf(session, BROWSER_SESSIONS.ID),
                                NOW,
                                columnOf(password, USER_PASSWORDS.ID))
                            .from(session)
                            .join(password)
                            .on(
                                columnOf(password, USER_PASSWORDS.USER_ID)
                                    .eq(columnOf(session, BROWSER_SESSIONS.USER_ID)))
                            .where(columnOf(session, BROWSER_SESSIONS.FINISHED_AT).isNull()))
                    .returning(AUTHENTICATION.columns()));
    return verdict(
        with(password).with(session).with(created),
        session,
        password,
        columnOf(password, USER_PASSWORDS.ID),
        created);
  }

  // The upstream session is locked before the browser session, as everywhere; counting it first
  // sees to that. What is locked is judged, not what is updated: that may have been freed only
  // while the lock was waited for.
  private static Statement<Verdict> withUpstream() {
    CommonTableExpression<?> upstream =
        name("upstream")
            .as(
                select(
                        UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID,
                        UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.BROWSER_SESSION_ID)
                    .from(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS)
                    .where(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID.eq(PROOF_ID))
                    .forNoKeyUpdate());
    CommonTableExpression<?> session =
        name("session")
            .as(
                select(BROWSER_SESSIONS.ID, BROWSER_SESSIONS.FINISHED_AT)
                    .from(BROWSER_SESSIONS)
                    .where(BROWSER_SESSIONS.ID.eq(SESSION_ID))
                    .and(selectCount().from(upstream).asField().ge(0))
                    .forNoKeyUpdate());
    Condition isAllowed =
        columnOf(session, BROWSER_SESSIONS.FINISHED_AT)
            .isNull()
            .and(
                coalesce(
                        columnOf(
                            upstream, UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.BROWSER_SESSION_ID),
                        columnOf(session, BROWSER_SESSIONS.ID))
                    .eq(columnOf(session, BROWSER_SESSIONS.ID)));
    CommonTableExpression<?> tied =
        name("tied")
            .as(
                update(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS)
                    .set(
                        UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.BROWSER_SESSION_ID,
                        columnOf(session, BROWSER_SESSIONS.ID))
                    .from(upstream.crossJoin(session))
                    .where(
                        UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID.eq(
                            columnOf(upstream, UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID)))
                    .and(isAllowed)
                    .and(
                        columnOf(upstream, UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.BROWSER_SESSION_ID)
                            .isNull())
                    .returning(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID));
    CommonTableExpression<?> created =
        name("created")
            .as(
                insertInto(
                        BROWSER_SESSION_AUTHENTICATIONS,
                        BROWSER_SESSION_AUTHENTICATIONS.ID,
                        BROWSER_SESSION_AUTHENTICATIONS.BROWSER_SESSION_ID,
                        BROWSER_SESSION_AUTHENTICATIONS.CREATED_AT,
                        BROWSER_SESSION_AUTHENTICATIONS.UPSTREAM_SESSION_ID)
                    .select(
                        select(
                                ID,
                                columnOf(session, BROWSER_SESSIONS.ID),
                                NOW,
                                columnOf(upstream, UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID))
                            .from(upstream)
                            .crossJoin(session)
                            .where(isAllowed))
                    .returning(AUTHENTICATION.columns()));
    return verdict(
        with(upstream).with(session).with(tied).with(created),
        session,
        upstream,
        columnOf(upstream, UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID),
        created);
  }

  private static Statement<Verdict> verdict(
      WithStep parts, Table<?> session, Table<?> proof, Field<UUID> proofId, Table<?> created) {
    int facts = AUTHENTICATION.columns().size();
    return new Statement<>(
        parts
            .select(AUTHENTICATION.ownColumns(created))
            .select(
                columnOf(session, BROWSER_SESSIONS.ID).isNotNull(),
                columnOf(session, BROWSER_SESSIONS.FINISHED_AT).isNotNull(),
                proofId.isNotNull())
            .from(selectOne().asTable("always"))
            .leftJoin(session)
            .on(trueCondition())
            .leftJoin(proof)
            .on(trueCondition())
            .leftJoin(created)
            .on(trueCondition()),
        row ->
            new Verdict(
                row.get(facts, Boolean.class),
                row.get(facts + 1, Boolean.class),
                row.get(facts + 2, Boolean.class),
                AUTHENTICATION.optional(row, 0)));
  }

  private static Authentication read(Row row) {
    return new Authentication(
        row.get(BROWSER_SESSION_AUTHENTICATIONS.ID),
        row.get(BROWSER_SESSION_AUTHENTICATIONS.BROWSER_SESSION_ID),
        row.get(BROWSER_SESSION_AUTHENTICATIONS.CREATED_AT),
        method(row));
  }

  private static AuthenticationMethod method(Row row) {
    Optional<UUID> password = row.find(BROWSER_SESSION_AUTHENTICATIONS.USER_PASSWORD_ID);
    Optional<UUID> upstream = row.find(BROWSER_SESSION_AUTHENTICATIONS.UPSTREAM_SESSION_ID);
    if (password.isPresent() && upstream.isPresent()) {
      throw row.invalid(BROWSER_SESSION_AUTHENTICATIONS.UPSTREAM_SESSION_ID, null);
    }
    return password
        .<AuthenticationMethod>map(AuthenticationMethod.Password::new)
        .or(() -> upstream.map(AuthenticationMethod.UpstreamOAuth2::new))
        .orElseGet(AuthenticationMethod.Unknown::new);
  }
}
