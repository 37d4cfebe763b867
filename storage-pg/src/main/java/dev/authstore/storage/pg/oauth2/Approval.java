package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static dev.authstore.storage.pg.schema.Tables.BROWSER_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_CLIENTS;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.USERS;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectCount;
import static org.jooq.impl.DSL.trueCondition;

import dev.authstore.model.user.BrowserSession;
import dev.authstore.storage.pg.internal.Values;
import dev.authstore.storage.pg.user.UserGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Table;
import org.jooq.WithStep;

/**
 * The parts of a statement that lock what an approved grant depends on: the account, the browser
 * session, the client, in this order, as everywhere; counting the rows of the part before sees to
 * that. So whoever deactivates the account or ends the browser session either is seen here, or sees
 * the new session. Of a grant that is not approved they have no rows.
 */
final class Approval {
  private final CommonTableExpression<?> account;
  private final CommonTableExpression<?> browserSession;
  private final CommonTableExpression<?> client;
  private final List<Field<?>> columns;

  private Approval(Table<?> grant) {
    account = account(grant);
    browserSession = browserSession(grant, account);
    client = client(grant, browserSession);
    columns = new ArrayList<>(UserGroup.browserSession().ownColumns(browserSession));
    columns.addAll(UserGroup.user().ownColumns(account));
  }

  /** The approval of a grant that an earlier part has read without locking it. */
  static Approval of(Table<?> grant) {
    return new Approval(grant);
  }

  /** The parts, behind those before them. */
  WithStep behind(WithStep parts) {
    return parts.with(account, browserSession, client);
  }

  /** A condition that holds, for what must be locked after these. */
  Condition isLocked() {
    return field(selectCount().from(client)).ge(inline(0));
  }

  /** Whether the grant was approved when the statement began. */
  Condition isGiven() {
    return columnOf(browserSession, BROWSER_SESSIONS.ID).isNotNull();
  }

  /** Whether the browser session still counts. */
  Condition isInForce() {
    return isGiven()
        .and(columnOf(browserSession, BROWSER_SESSIONS.FINISHED_AT).isNull())
        .and(columnOf(account, USERS.LOCKED_AT).isNull())
        .and(columnOf(account, USERS.DEACTIVATED_AT).isNull());
  }

  /** Who has approved, under the name it has in a session. */
  Field<UUID> userId() {
    return columnOf(account, USERS.ID).as(OAUTH2_SESSIONS.USER_ID);
  }

  /** What to select, for {@link #read}. */
  List<Field<?>> columns() {
    return columns;
  }

  /** A table, and beside each row the approval, if there is one. */
  Table<?> joinedTo(Table<?> table) {
    return table.leftJoin(account).on(trueCondition()).leftJoin(browserSession).on(trueCondition());
  }

  /** The browser session, from a row that has the columns from a position on. */
  static BrowserSession read(Values row, int offset) {
    return UserGroup.browserSession().read(row, offset);
  }

  private static CommonTableExpression<?> account(Table<?> grant) {
    return name("account")
        .as(
            select(UserGroup.user().columns())
                .from(USERS)
                .where(
                    USERS.ID.eq(
                        select(BROWSER_SESSIONS.USER_ID)
                            .from(BROWSER_SESSIONS)
                            .where(BROWSER_SESSIONS.ID.eq(browserSessionId(grant)))))
                .forNoKeyUpdate());
  }

  private static CommonTableExpression<?> browserSession(Table<?> grant, Table<?> account) {
    return name("browser_session")
        .as(
            select(UserGroup.browserSession().ownColumns())
                .from(BROWSER_SESSIONS)
                .where(BROWSER_SESSIONS.ID.eq(browserSessionId(grant)))
                .and(field(selectCount().from(account)).ge(inline(0)))
                .forNoKeyUpdate());
  }

  private static CommonTableExpression<?> client(Table<?> grant, Table<?> browserSession) {
    return name("client")
        .as(
            select(OAUTH2_CLIENTS.ID)
                .from(OAUTH2_CLIENTS)
                .where(
                    OAUTH2_CLIENTS.ID.eq(
                        select(columnOf(grant, OAUTH2_SESSIONS.CLIENT_ID)).from(grant)))
                .and(field(selectCount().from(browserSession)).gt(inline(0)))
                .forKeyShare());
  }

  private static Field<UUID> browserSessionId(Table<?> grant) {
    return select(columnOf(grant, OAUTH2_SESSIONS.BROWSER_SESSION_ID)).from(grant).asField();
  }
}
