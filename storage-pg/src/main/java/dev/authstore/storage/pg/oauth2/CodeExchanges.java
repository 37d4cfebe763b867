package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.internal.Bind.bind;
import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static dev.authstore.storage.pg.oauth2.OAuth2Projections.AUTHORIZATION_GRANT;
import static dev.authstore.storage.pg.oauth2.Reasons.because;
import static dev.authstore.storage.pg.schema.Tables.BROWSER_SESSION_AUTHENTICATIONS;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_AUTHORIZATION_GRANTS;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_SESSIONS;
import static org.jooq.impl.DSL.case_;
import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.not;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.trueCondition;
import static org.jooq.impl.DSL.update;
import static org.jooq.impl.DSL.with;

import dev.authstore.model.Pkce;
import dev.authstore.model.Texts;
import dev.authstore.model.TokenDigest;
import dev.authstore.model.oauth2.OAuth2AuthorizationGrant;
import dev.authstore.storage.oauth2.CodeExchange;
import dev.authstore.storage.oauth2.CodeExchange.Reason;
import dev.authstore.storage.oauth2.PresentedCode;
import dev.authstore.storage.pg.internal.Bind;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.internal.Values;
import dev.authstore.storage.pg.user.UserGroup;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Param;
import org.jooq.Table;
import org.jooq.TableField;
import org.jooq.impl.SQLDataType;

/**
 * The statement that exchanges an authorization code. It reads who has approved it, locks them and
 * then the grant, judges what it has locked, and if nothing speaks against it, begins the session.
 * No row: no such code of this client.
 */
final class CodeExchanges {
  private static final Param<UUID> CLIENT_ID =
      param("client_id", OAUTH2_AUTHORIZATION_GRANTS.CLIENT_ID);
  private static final Param<TokenDigest> CODE =
      param("code", OAUTH2_AUTHORIZATION_GRANTS.CODE_DIGEST);
  private static final Param<Instant> EXPIRED_SINCE =
      param("expired_since", OAUTH2_AUTHORIZATION_GRANTS.FULFILLED_AT);
  private static final Param<String> REDIRECT_URI =
      param("redirect_uri", OAUTH2_AUTHORIZATION_GRANTS.REDIRECT_URI);

  /** What the challenge would be for the verifier, by either method; both or none are given. */
  private static final Param<String> PLAIN = param("plain", SQLDataType.CLOB);

  private static final Param<String> S256 = param("s256", SQLDataType.CLOB);

  private static final String NO_MATCH = ""; // no URI and no challenge is empty

  static final Statement<CodeExchange> EXCHANGE = exchange();

  private CodeExchanges() {}

  /**
   * What the statement asks for, besides what {@link SessionStart} stores.
   *
   * @param expiredSince the approvals of codes that have just expired
   */
  static Bind[] values(
      UUID clientId, TokenDigest code, PresentedCode presented, Instant expiredSince) {
    return new Bind[] {
      bind(CLIENT_ID, clientId),
      bind(CODE, code),
      bind(EXPIRED_SINCE, expiredSince),
      bind(REDIRECT_URI, presented.redirectUri().map(CodeExchanges::text).orElse(null)),
      bind(PLAIN, presented.verifier().map(v -> challenge(Pkce.Method.PLAIN, v)).orElse(null)),
      bind(S256, presented.verifier().map(v -> challenge(Pkce.Method.S256, v)).orElse(null)),
    };
  }

  private static String text(URI uri) {
    String text = uri.toString();
    return Texts.isStorable(text, Integer.MAX_VALUE) ? text : NO_MATCH;
  }

  private static String challenge(Pkce.Method method, String verifier) {
    return Pkce.checkForm(verifier) == Pkce.Verification.VERIFIED
        ? method.challenge(verifier)
        : NO_MATCH;
  }

  private static Statement<CodeExchange> exchange() {
    Condition isPresented =
        OAUTH2_AUTHORIZATION_GRANTS
            .CODE_DIGEST
            .eq(CODE)
            .and(OAUTH2_AUTHORIZATION_GRANTS.CLIENT_ID.eq(CLIENT_ID));
    CommonTableExpression<?> found =
        name("found")
            .as(
                select(
                        OAUTH2_AUTHORIZATION_GRANTS.CLIENT_ID,
                        OAUTH2_AUTHORIZATION_GRANTS.BROWSER_SESSION_ID)
                    .from(OAUTH2_AUTHORIZATION_GRANTS)
                    .where(isPresented));
    Approval approval = Approval.of(found);
    CommonTableExpression<?> locked =
        name("locked")
            .as(
                select(AUTHORIZATION_GRANT.columns())
                    .from(OAUTH2_AUTHORIZATION_GRANTS)
                    .where(isPresented)
                    .and(approval.isLocked())
                    .forNoKeyUpdate());
    CommonTableExpression<?> judged =
        name("judged")
            .as(
                select(AUTHORIZATION_GRANT.ownColumns(locked))
                    .select(approval.userId(), reason(locked, approval))
                    .from(approval.joinedTo(locked)));
    CommonTableExpression<?> allowed =
        name("allowed").as(select(judged.fields()).from(judged).where(Reasons.of(judged).isNull()));
    SessionStart start = SessionStart.from(allowed);
    CommonTableExpression<?> exchanged = exchanged(allowed, start.session());
    CommonTableExpression<?> authentication = lastAuthentication(start.session());
    return new Statement<>(
        start
            .behind(approval.behind(with(found)).with(locked, judged, allowed))
            .with(exchanged, authentication)
            .select(grant(judged, exchanged))
            .select(Reasons.of(judged))
            .select(start.columns())
            .select(approval.columns())
            .select(UserGroup.authentication().ownColumns(authentication))
            .from(
                start
                    .joinedTo(approval.joinedTo(judged))
                    .leftJoin(exchanged)
                    .on(trueCondition())
                    .leftJoin(authentication)
                    .on(trueCondition())),
        row -> read(row, start, approval));
  }

  private static Field<String> reason(Table<?> grant, Approval approval) {
    Field<String> challenge = columnOf(grant, OAUTH2_AUTHORIZATION_GRANTS.CODE_CHALLENGE);
    Condition isVerifierGiven = PLAIN.cast(SQLDataType.CLOB).isNotNull();
    Field<String> expected =
        case_(columnOf(grant, OAUTH2_AUTHORIZATION_GRANTS.CODE_CHALLENGE_METHOD))
            .when(inline(Pkce.Method.PLAIN.value()), PLAIN)
            .else_(S256);
    return Reasons.firstOf(
        because(
            Reason.ALREADY_EXCHANGED,
            columnOf(grant, OAUTH2_AUTHORIZATION_GRANTS.EXCHANGED_AT).isNotNull()),
        because(
            Reason.EXPIRED,
            columnOf(grant, OAUTH2_AUTHORIZATION_GRANTS.FULFILLED_AT).le(EXPIRED_SINCE)),
        because(
            Reason.REDIRECT_URI_MISMATCH,
            columnOf(grant, OAUTH2_AUTHORIZATION_GRANTS.REDIRECT_URI).ne(REDIRECT_URI)),
        because(Reason.VERIFIER_MISSING, challenge.isNotNull().and(not(isVerifierGiven))),
        because(Reason.VERIFIER_UNEXPECTED, challenge.isNull().and(isVerifierGiven)),
        because(Reason.VERIFIER_INVALID, challenge.ne(expected)),
        because(Reason.BROWSER_SESSION_ENDED, not(approval.isInForce())));
  }

  private static CommonTableExpression<?> exchanged(Table<?> allowed, Table<?> session) {
    return name("exchanged")
        .as(
            update(OAUTH2_AUTHORIZATION_GRANTS)
                .set(OAUTH2_AUTHORIZATION_GRANTS.EXCHANGED_AT, IssuedTokens.NOW)
                .set(OAUTH2_AUTHORIZATION_GRANTS.SESSION_ID, columnOf(session, OAUTH2_SESSIONS.ID))
                .from(allowed.crossJoin(session))
                .where(
                    OAUTH2_AUTHORIZATION_GRANTS.ID.eq(
                        columnOf(allowed, OAUTH2_AUTHORIZATION_GRANTS.ID)))
                .returning(
                    OAUTH2_AUTHORIZATION_GRANTS.EXCHANGED_AT,
                    OAUTH2_AUTHORIZATION_GRANTS.SESSION_ID));
  }

  private static CommonTableExpression<?> lastAuthentication(Table<?> session) {
    return name("authentication")
        .as(
            select(UserGroup.authentication().columns())
                .from(BROWSER_SESSION_AUTHENTICATIONS)
                .where(
                    BROWSER_SESSION_AUTHENTICATIONS.BROWSER_SESSION_ID.eq(
                        select(columnOf(session, OAUTH2_SESSIONS.BROWSER_SESSION_ID))
                            .from(session)))
                .orderBy(
                    BROWSER_SESSION_AUTHENTICATIONS.CREATED_AT.desc(),
                    BROWSER_SESSION_AUTHENTICATIONS.ID.desc())
                .limit(inline(1)));
  }

  /** The grant as it was locked, with what the exchange has set. */
  private static List<Field<?>> grant(Table<?> locked, Table<?> exchanged) {
    List<Field<?>> columns = new ArrayList<>(AUTHORIZATION_GRANT.ownColumns(locked));
    replace(columns, locked, exchanged, OAUTH2_AUTHORIZATION_GRANTS.EXCHANGED_AT);
    replace(columns, locked, exchanged, OAUTH2_AUTHORIZATION_GRANTS.SESSION_ID);
    return columns;
  }

  private static <V> void replace(
      List<Field<?>> columns, Table<?> locked, Table<?> exchanged, TableField<?, V> column) {
    Field<V> before = columnOf(locked, column);
    columns.set(columns.indexOf(before), coalesce(columnOf(exchanged, column), before));
  }

  private static CodeExchange read(Values row, SessionStart start, Approval approval) {
    OAuth2AuthorizationGrant grant = AUTHORIZATION_GRANT.read(row);
    int reason = AUTHORIZATION_GRANT.columns().size();
    Optional<Reason> refused = row.find(reason, String.class).map(Reason::valueOf);
    if (refused.isPresent()) {
      return new CodeExchange.Refused(refused.get(), Optional.of(grant));
    }
    SessionStart.Started started = SessionStart.read(row, reason + 1);
    int browserSession = reason + 1 + start.columns().size();
    return new CodeExchange.Exchanged(
        grant,
        started.session(),
        started.accessToken(),
        started.refreshToken(),
        Approval.read(row, browserSession),
        UserGroup.authentication().optional(row, browserSession + approval.columns().size()));
  }
}
