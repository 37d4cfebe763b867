package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.internal.Bind.bind;
import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static dev.authstore.storage.pg.oauth2.OAuth2Projections.DEVICE_CODE_GRANT;
import static dev.authstore.storage.pg.oauth2.Reasons.because;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_DEVICE_CODE_GRANTS;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_SESSIONS;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.not;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.trueCondition;
import static org.jooq.impl.DSL.update;
import static org.jooq.impl.DSL.with;

import dev.authstore.model.TokenDigest;
import dev.authstore.storage.oauth2.DevicePoll;
import dev.authstore.storage.pg.internal.Bind;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.internal.Values;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Param;
import org.jooq.Table;

/**
 * The statement that answers a device. It reads who has approved the grant, locks them and then the
 * grant, judges what it has locked, and if nothing speaks against it, begins the session. No row:
 * no such code of this client.
 *
 * <p>Somebody may approve the grant while its lock is waited for. Then who has approved it was not
 * locked, and the device is told what was true when it asked.
 */
final class DevicePolls {
  private static final Param<UUID> CLIENT_ID =
      param("client_id", OAUTH2_DEVICE_CODE_GRANTS.CLIENT_ID);
  private static final Param<TokenDigest> CODE =
      param("code", OAUTH2_DEVICE_CODE_GRANTS.DEVICE_CODE_DIGEST);

  /** Polls after this are too short a time ago; absent, if none is. */
  private static final Param<Instant> TOO_SOON_AFTER =
      param("too_soon_after", OAUTH2_DEVICE_CODE_GRANTS.LAST_POLLED_AT);

  static final Statement<DevicePoll> POLL = poll();

  private DevicePolls() {}

  private enum Answer {
    EXPIRED,
    SLOW_DOWN,
    PENDING,
    REJECTED,
    EXCHANGED_BEFORE,
    BROWSER_SESSION_ENDED;

    private DevicePoll poll() {
      return switch (this) {
        case EXPIRED -> new DevicePoll.Expired();
        case SLOW_DOWN -> new DevicePoll.SlowDown();
        case PENDING -> new DevicePoll.Pending();
        case REJECTED -> new DevicePoll.Rejected();
        case EXCHANGED_BEFORE -> new DevicePoll.Unknown();
        case BROWSER_SESSION_ENDED -> new DevicePoll.BrowserSessionEnded();
      };
    }
  }

  /** What the statement asks for, besides what {@link SessionStart} stores. */
  static Bind[] values(UUID clientId, TokenDigest code, Duration interval, Instant now) {
    return new Bind[] {
      bind(CLIENT_ID, clientId),
      bind(CODE, code),
      bind(TOO_SOON_AFTER, interval.isZero() ? null : now.minus(interval)),
    };
  }

  private static Statement<DevicePoll> poll() {
    Condition isPresented =
        OAUTH2_DEVICE_CODE_GRANTS
            .DEVICE_CODE_DIGEST
            .eq(CODE)
            .and(OAUTH2_DEVICE_CODE_GRANTS.CLIENT_ID.eq(CLIENT_ID));
    CommonTableExpression<?> found =
        name("found")
            .as(
                select(
                        OAUTH2_DEVICE_CODE_GRANTS.CLIENT_ID,
                        OAUTH2_DEVICE_CODE_GRANTS.BROWSER_SESSION_ID)
                    .from(OAUTH2_DEVICE_CODE_GRANTS)
                    .where(isPresented));
    Approval approval = Approval.of(found);
    CommonTableExpression<?> locked =
        name("locked")
            .as(
                select(DEVICE_CODE_GRANT.columns())
                    .select(OAUTH2_DEVICE_CODE_GRANTS.LAST_POLLED_AT)
                    .from(OAUTH2_DEVICE_CODE_GRANTS)
                    .where(isPresented)
                    .and(approval.isLocked())
                    .forNoKeyUpdate());
    CommonTableExpression<?> judged =
        name("judged")
            .as(
                select(locked.fields())
                    .select(approval.userId(), answer(locked, found, approval))
                    .from(approval.joinedTo(locked).crossJoin(found)));
    CommonTableExpression<?> allowed =
        name("allowed").as(select(judged.fields()).from(judged).where(Reasons.of(judged).isNull()));
    SessionStart start = SessionStart.from(allowed);
    CommonTableExpression<?> exchanged = exchanged(allowed, start.session());
    return new Statement<>(
        start
            .behind(approval.behind(with(found)).with(locked, judged, polled(judged), allowed))
            .with(exchanged)
            .select(Reasons.of(judged))
            .select(DEVICE_CODE_GRANT.ownColumns(exchanged))
            .select(start.columns())
            .select(approval.columns())
            .from(
                start.joinedTo(approval.joinedTo(judged)).leftJoin(exchanged).on(trueCondition())),
        row -> read(row, start));
  }

  private static Field<String> answer(Table<?> grant, Table<?> found, Approval approval) {
    Condition isFulfilled = columnOf(grant, OAUTH2_DEVICE_CODE_GRANTS.FULFILLED_AT).isNotNull();
    Condition isRejected = columnOf(grant, OAUTH2_DEVICE_CODE_GRANTS.REJECTED_AT).isNotNull();
    Condition wasApproved =
        columnOf(found, OAUTH2_DEVICE_CODE_GRANTS.BROWSER_SESSION_ID).isNotNull();
    return Reasons.firstOf(
        because(
            Answer.EXPIRED,
            columnOf(grant, OAUTH2_DEVICE_CODE_GRANTS.EXPIRES_AT).le(IssuedTokens.NOW)),
        because(
            Answer.SLOW_DOWN,
            columnOf(grant, OAUTH2_DEVICE_CODE_GRANTS.LAST_POLLED_AT).gt(TOO_SOON_AFTER)),
        because(Answer.PENDING, not(isFulfilled).and(not(isRejected))),
        because(Answer.REJECTED, isRejected),
        because(
            Answer.EXCHANGED_BEFORE,
            columnOf(grant, OAUTH2_DEVICE_CODE_GRANTS.EXCHANGED_AT).isNotNull()),
        because(Answer.PENDING, not(wasApproved)),
        because(Answer.BROWSER_SESSION_ENDED, not(approval.isInForce())));
  }

  /** Keeps the time of a poll that may have to be repeated. */
  private static CommonTableExpression<?> polled(Table<?> judged) {
    return name("polled")
        .as(
            update(OAUTH2_DEVICE_CODE_GRANTS)
                .set(OAUTH2_DEVICE_CODE_GRANTS.LAST_POLLED_AT, IssuedTokens.NOW)
                .from(judged)
                .where(
                    OAUTH2_DEVICE_CODE_GRANTS.ID.eq(columnOf(judged, OAUTH2_DEVICE_CODE_GRANTS.ID)))
                .and(Reasons.of(judged).eq(inline(Answer.PENDING.name())))
                .and(TOO_SOON_AFTER.cast(OAUTH2_DEVICE_CODE_GRANTS.LAST_POLLED_AT).isNotNull())
                .returning(OAUTH2_DEVICE_CODE_GRANTS.ID));
  }

  private static CommonTableExpression<?> exchanged(Table<?> allowed, Table<?> session) {
    return name("exchanged")
        .as(
            update(OAUTH2_DEVICE_CODE_GRANTS)
                .set(OAUTH2_DEVICE_CODE_GRANTS.EXCHANGED_AT, IssuedTokens.NOW)
                .set(OAUTH2_DEVICE_CODE_GRANTS.SESSION_ID, columnOf(session, OAUTH2_SESSIONS.ID))
                .from(allowed.crossJoin(session))
                .where(
                    OAUTH2_DEVICE_CODE_GRANTS.ID.eq(
                        columnOf(allowed, OAUTH2_DEVICE_CODE_GRANTS.ID)))
                .returning(DEVICE_CODE_GRANT.columns()));
  }

  private static DevicePoll read(Values row, SessionStart start) {
    Optional<Answer> answer = row.find(0, String.class).map(Answer::valueOf);
    if (answer.isPresent()) {
      return answer.get().poll();
    }
    int session = 1 + DEVICE_CODE_GRANT.columns().size();
    SessionStart.Started started = SessionStart.read(row, session);
    return new DevicePoll.Exchanged(
        DEVICE_CODE_GRANT.read(row, 1),
        started.session(),
        started.accessToken(),
        started.refreshToken(),
        Approval.read(row, session + start.columns().size()));
  }
}
