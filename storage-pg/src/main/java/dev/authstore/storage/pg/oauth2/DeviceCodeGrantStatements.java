package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.internal.Conditions.exists;
import static dev.authstore.storage.pg.oauth2.Columns.parameter;
import static dev.authstore.storage.pg.oauth2.Columns.texts;
import static dev.authstore.storage.pg.oauth2.Columns.value;
import static dev.authstore.storage.pg.oauth2.OAuth2Projections.DEVICE_CODE_GRANT;
import static dev.authstore.storage.pg.oauth2.Reasons.because;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_CLIENTS;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_DEVICE_CODE_GRANTS;
import static org.jooq.impl.DSL.insertInto;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectOne;
import static org.jooq.impl.DSL.trueCondition;
import static org.jooq.impl.DSL.update;
import static org.jooq.impl.DSL.with;

import dev.authstore.model.Addresses;
import dev.authstore.model.ScopeToken;
import dev.authstore.model.TokenDigest;
import dev.authstore.model.oauth2.OAuth2DeviceCodeGrant;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.oauth2.DeviceCodeGrantParams;
import dev.authstore.storage.pg.internal.Bind;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.oauth2.GrantChanges.Verdict;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Param;
import org.jooq.Record;
import org.jooq.Select;
import org.jooq.TableField;

/** The statements that write the request of a device, but for its polls. */
final class DeviceCodeGrantStatements {
  static final Param<Instant> NOW = param("now", OAUTH2_DEVICE_CODE_GRANTS.CREATED_AT);
  static final Param<String> LOCALE = param("locale", OAUTH2_DEVICE_CODE_GRANTS.LOCALE);

  private static final List<TableField<Record, ?>> COLUMNS =
      List.of(
          OAUTH2_DEVICE_CODE_GRANTS.ID,
          OAUTH2_DEVICE_CODE_GRANTS.CLIENT_ID,
          OAUTH2_DEVICE_CODE_GRANTS.SCOPE,
          OAUTH2_DEVICE_CODE_GRANTS.USER_CODE,
          OAUTH2_DEVICE_CODE_GRANTS.DEVICE_CODE_DIGEST,
          OAUTH2_DEVICE_CODE_GRANTS.CREATED_AT,
          OAUTH2_DEVICE_CODE_GRANTS.EXPIRES_AT,
          OAUTH2_DEVICE_CODE_GRANTS.IP_ADDRESS,
          OAUTH2_DEVICE_CODE_GRANTS.USER_AGENT);

  /** No row: no such client. */
  static final Statement<Creation> ADD = add();

  /** Which of the codes is there, for a look behind an insert that gave way. */
  static final Statement<Optional<ConflictKind>> CONFLICT =
      new Statement<>(
          select(
              Reasons.firstOf(
                  because(
                      ConflictKind.DEVICE_CODE_TAKEN,
                      exists(sameOf(OAUTH2_DEVICE_CODE_GRANTS.DEVICE_CODE_DIGEST))),
                  because(
                      ConflictKind.USER_CODE_TAKEN,
                      exists(sameOf(OAUTH2_DEVICE_CODE_GRANTS.USER_CODE))))),
          row -> row.find(0, String.class).map(ConflictKind::valueOf));

  static final GrantChanges<OAuth2DeviceCodeGrant> CHANGES = new GrantChanges<>(DEVICE_CODE_GRANT);

  private static final Reasons.Reason IS_EXCHANGED =
      because(StateReason.ALREADY_EXCHANGED, OAUTH2_DEVICE_CODE_GRANTS.EXCHANGED_AT.isNotNull());
  private static final Reasons.Reason IS_FULFILLED =
      because(StateReason.ALREADY_FULFILLED, OAUTH2_DEVICE_CODE_GRANTS.FULFILLED_AT.isNotNull());
  private static final Reasons.Reason IS_REJECTED =
      because(StateReason.REJECTED, OAUTH2_DEVICE_CODE_GRANTS.REJECTED_AT.isNotNull());
  private static final Reasons.Reason IS_NOT_FULFILLED =
      because(StateReason.NOT_FULFILLED, OAUTH2_DEVICE_CODE_GRANTS.FULFILLED_AT.isNull());
  private static final Reasons.Reason IS_EXPIRED =
      because(StateReason.EXPIRED, OAUTH2_DEVICE_CODE_GRANTS.EXPIRES_AT.le(NOW));

  static final Statement<Verdict<OAuth2DeviceCodeGrant>> FULFILL =
      CHANGES.inBrowserSession(
          Reasons.firstOf(IS_EXCHANGED, IS_FULFILLED, IS_REJECTED, IS_EXPIRED),
          update(OAUTH2_DEVICE_CODE_GRANTS)
              .set(OAUTH2_DEVICE_CODE_GRANTS.FULFILLED_AT, NOW)
              .set(OAUTH2_DEVICE_CODE_GRANTS.BROWSER_SESSION_ID, GrantChanges.OTHER_ID)
              .set(OAUTH2_DEVICE_CODE_GRANTS.LOCALE, LOCALE));

  static final Statement<Verdict<OAuth2DeviceCodeGrant>> REJECT =
      CHANGES.inBrowserSession(
          Reasons.firstOf(IS_EXCHANGED, IS_FULFILLED, IS_REJECTED),
          update(OAUTH2_DEVICE_CODE_GRANTS)
              .set(OAUTH2_DEVICE_CODE_GRANTS.REJECTED_AT, NOW)
              .set(OAUTH2_DEVICE_CODE_GRANTS.BROWSER_SESSION_ID, GrantChanges.OTHER_ID));

  static final Statement<Verdict<OAuth2DeviceCodeGrant>> EXCHANGE =
      CHANGES.forSession(
          Reasons.firstOf(IS_EXCHANGED, IS_REJECTED, IS_NOT_FULFILLED),
          update(OAUTH2_DEVICE_CODE_GRANTS)
              .set(OAUTH2_DEVICE_CODE_GRANTS.EXCHANGED_AT, NOW)
              .set(OAUTH2_DEVICE_CODE_GRANTS.SESSION_ID, GrantChanges.OTHER_ID));

  private DeviceCodeGrantStatements() {}

  /** What came of adding a grant: none, if a code was taken. */
  record Creation(Optional<OAuth2DeviceCodeGrant> grant) {}

  /** What {@link #ADD} writes. */
  static Bind[] values(UUID id, UUID clientId, DeviceCodeGrantParams params, Instant now) {
    return new Bind[] {
      value(OAUTH2_DEVICE_CODE_GRANTS.ID, id),
      value(OAUTH2_DEVICE_CODE_GRANTS.CLIENT_ID, clientId),
      value(OAUTH2_DEVICE_CODE_GRANTS.SCOPE, texts(params.scope().tokens(), ScopeToken::value)),
      value(OAUTH2_DEVICE_CODE_GRANTS.USER_CODE, params.userCode()),
      value(OAUTH2_DEVICE_CODE_GRANTS.DEVICE_CODE_DIGEST, TokenDigest.of(params.deviceCode())),
      value(OAUTH2_DEVICE_CODE_GRANTS.CREATED_AT, now),
      value(OAUTH2_DEVICE_CODE_GRANTS.EXPIRES_AT, now.plus(params.expiresIn())),
      value(OAUTH2_DEVICE_CODE_GRANTS.IP_ADDRESS, params.ipAddress().map(Addresses::text)),
      value(OAUTH2_DEVICE_CODE_GRANTS.USER_AGENT, params.userAgent()),
    };
  }

  private static Statement<Creation> add() {
    CommonTableExpression<?> client =
        name("client")
            .as(
                select(OAUTH2_CLIENTS.ID)
                    .from(OAUTH2_CLIENTS)
                    .where(OAUTH2_CLIENTS.ID.eq(parameter(OAUTH2_DEVICE_CODE_GRANTS.CLIENT_ID)))
                    .forKeyShare());
    CommonTableExpression<?> created =
        name("created")
            .as(
                insertInto(OAUTH2_DEVICE_CODE_GRANTS)
                    .columns(COLUMNS)
                    .select(select(COLUMNS.stream().map(Columns::parameter).toList()).from(client))
                    .onConflictDoNothing()
                    .returning(DEVICE_CODE_GRANT.columns()));
    return new Statement<>(
        with(client)
            .with(created)
            .select(DEVICE_CODE_GRANT.ownColumns(created))
            .from(client)
            .leftJoin(created)
            .on(trueCondition()),
        row -> new Creation(DEVICE_CODE_GRANT.optional(row, 0)));
  }

  private static <V> Select<?> sameOf(TableField<Record, V> column) {
    return selectOne().from(OAUTH2_DEVICE_CODE_GRANTS).where(column.eq(parameter(column)));
  }
}
