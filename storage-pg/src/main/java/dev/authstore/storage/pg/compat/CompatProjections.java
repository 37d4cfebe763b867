package dev.authstore.storage.pg.compat;

import static dev.authstore.storage.pg.schema.Tables.COMPAT_ACCESS_TOKENS;
import static dev.authstore.storage.pg.schema.Tables.COMPAT_REFRESH_TOKENS;
import static dev.authstore.storage.pg.schema.Tables.COMPAT_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.COMPAT_SSO_LOGINS;

import dev.authstore.model.Addresses;
import dev.authstore.model.Device;
import dev.authstore.model.compat.CompatAccessToken;
import dev.authstore.model.compat.CompatRefreshToken;
import dev.authstore.model.compat.CompatRefreshTokenStage;
import dev.authstore.model.compat.CompatSession;
import dev.authstore.model.compat.CompatSessionStage;
import dev.authstore.model.compat.CompatSsoLogin;
import dev.authstore.model.compat.CompatSsoLoginStage;
import dev.authstore.storage.compat.CompatSessionWithLogin;
import dev.authstore.storage.pg.internal.Projection;
import dev.authstore.storage.pg.internal.Row;
import dev.authstore.storage.pg.internal.StoredUri;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jooq.TableField;

/**
 * How each aggregate of the group is read. Together, since some statements read several of them
 * from one row.
 */
final class CompatProjections {
  private static final TableField<?, ?>[] SESSION_COLUMNS = {
    COMPAT_SESSIONS.USER_ID,
    COMPAT_SESSIONS.DEVICE_ID,
    COMPAT_SESSIONS.BROWSER_SESSION_ID,
    COMPAT_SESSIONS.HUMAN_NAME,
    COMPAT_SESSIONS.IS_SYNAPSE_ADMIN,
    COMPAT_SESSIONS.CREATED_AT,
    COMPAT_SESSIONS.FINISHED_AT,
    COMPAT_SESSIONS.USER_AGENT,
    COMPAT_SESSIONS.LAST_ACTIVE_AT,
    COMPAT_SESSIONS.LAST_ACTIVE_IP
  };

  static final Projection<CompatSession> SESSION =
      Projection.of(
          "compat_session", COMPAT_SESSIONS.ID, CompatProjections::session, SESSION_COLUMNS);

  static final Projection<CompatSsoLogin> SSO_LOGIN =
      Projection.of(
          "compat_sso_login",
          COMPAT_SSO_LOGINS.ID,
          CompatProjections::ssoLogin,
          COMPAT_SSO_LOGINS.REDIRECT_URI,
          COMPAT_SSO_LOGINS.CREATED_AT,
          COMPAT_SSO_LOGINS.BROWSER_SESSION_ID,
          COMPAT_SSO_LOGINS.SESSION_ID,
          COMPAT_SSO_LOGINS.FULFILLED_AT,
          COMPAT_SSO_LOGINS.EXCHANGED_AT);

  static final Projection<CompatSessionWithLogin> SESSION_WITH_LOGIN =
      Projection.of(
              "compat_session",
              COMPAT_SESSIONS.ID,
              CompatProjections::sessionWithLogin,
              SESSION_COLUMNS)
          .leftJoining(SSO_LOGIN, COMPAT_SSO_LOGINS.SESSION_ID.eq(COMPAT_SESSIONS.ID));

  static final Projection<CompatAccessToken> ACCESS_TOKEN =
      Projection.of(
          "compat_access_token",
          COMPAT_ACCESS_TOKENS.ID,
          CompatProjections::accessToken,
          COMPAT_ACCESS_TOKENS.SESSION_ID,
          COMPAT_ACCESS_TOKENS.CREATED_AT,
          COMPAT_ACCESS_TOKENS.EXPIRES_AT);

  static final Projection<CompatRefreshToken> REFRESH_TOKEN =
      Projection.of(
          "compat_refresh_token",
          COMPAT_REFRESH_TOKENS.ID,
          CompatProjections::refreshToken,
          COMPAT_REFRESH_TOKENS.SESSION_ID,
          COMPAT_REFRESH_TOKENS.ACCESS_TOKEN_ID,
          COMPAT_REFRESH_TOKENS.CREATED_AT,
          COMPAT_REFRESH_TOKENS.CONSUMED_AT);

  private CompatProjections() {}

  private static CompatSession session(Row row) {
    return new CompatSession(
        row.get(COMPAT_SESSIONS.ID),
        row.get(COMPAT_SESSIONS.USER_ID),
        row.findDecoded(COMPAT_SESSIONS.DEVICE_ID, Device::new),
        row.find(COMPAT_SESSIONS.BROWSER_SESSION_ID),
        row.find(COMPAT_SESSIONS.HUMAN_NAME),
        row.get(COMPAT_SESSIONS.IS_SYNAPSE_ADMIN),
        row.get(COMPAT_SESSIONS.CREATED_AT),
        row.find(COMPAT_SESSIONS.FINISHED_AT)
            .<CompatSessionStage>map(CompatSessionStage.Finished::new)
            .orElseGet(CompatSessionStage.Valid::new),
        row.find(COMPAT_SESSIONS.USER_AGENT),
        row.find(COMPAT_SESSIONS.LAST_ACTIVE_AT),
        row.findDecoded(COMPAT_SESSIONS.LAST_ACTIVE_IP, Addresses::parse));
  }

  private static CompatSessionWithLogin sessionWithLogin(Row row) {
    return new CompatSessionWithLogin(session(row), row.findJoined(SSO_LOGIN));
  }

  private static CompatSsoLogin ssoLogin(Row row) {
    return new CompatSsoLogin(
        row.get(COMPAT_SSO_LOGINS.ID),
        row.decode(COMPAT_SSO_LOGINS.REDIRECT_URI, StoredUri::parse),
        row.get(COMPAT_SSO_LOGINS.CREATED_AT),
        ssoLoginStage(row));
  }

  // What the stage needs is read with get, so that a contradiction is reported.
  private static CompatSsoLoginStage ssoLoginStage(Row row) {
    Optional<Instant> fulfilledAt = row.find(COMPAT_SSO_LOGINS.FULFILLED_AT);
    Optional<Instant> exchangedAt = row.find(COMPAT_SSO_LOGINS.EXCHANGED_AT);
    if (exchangedAt.isPresent()) {
      return new CompatSsoLoginStage.Exchanged(
          row.get(COMPAT_SSO_LOGINS.SESSION_ID),
          row.get(COMPAT_SSO_LOGINS.FULFILLED_AT),
          exchangedAt.get());
    }
    requireEmpty(row, COMPAT_SSO_LOGINS.SESSION_ID);
    if (fulfilledAt.isPresent()) {
      return new CompatSsoLoginStage.Fulfilled(
          row.get(COMPAT_SSO_LOGINS.BROWSER_SESSION_ID), fulfilledAt.get());
    }
    requireEmpty(row, COMPAT_SSO_LOGINS.BROWSER_SESSION_ID);
    return new CompatSsoLoginStage.Pending();
  }

  private static void requireEmpty(Row row, TableField<?, UUID> column) {
    if (row.find(column).isPresent()) {
      throw row.invalid(column, null);
    }
  }

  private static CompatAccessToken accessToken(Row row) {
    return new CompatAccessToken(
        row.get(COMPAT_ACCESS_TOKENS.ID),
        row.get(COMPAT_ACCESS_TOKENS.SESSION_ID),
        row.get(COMPAT_ACCESS_TOKENS.CREATED_AT),
        row.find(COMPAT_ACCESS_TOKENS.EXPIRES_AT));
  }

  private static CompatRefreshToken refreshToken(Row row) {
    return new CompatRefreshToken(
        row.get(COMPAT_REFRESH_TOKENS.ID),
        row.get(COMPAT_REFRESH_TOKENS.SESSION_ID),
        row.get(COMPAT_REFRESH_TOKENS.ACCESS_TOKEN_ID),
        row.get(COMPAT_REFRESH_TOKENS.CREATED_AT),
        row.find(COMPAT_REFRESH_TOKENS.CONSUMED_AT)
            .<CompatRefreshTokenStage>map(CompatRefreshTokenStage.Consumed::new)
            .orElseGet(CompatRefreshTokenStage.Valid::new));
  }
}
