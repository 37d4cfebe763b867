package dev.authstore.storage.pg.oauth2;

import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.storage.oauth2.OAuth2AccessTokenRepository;
import dev.authstore.storage.oauth2.OAuth2AuthorizationGrantRepository;
import dev.authstore.storage.oauth2.OAuth2ClientRepository;
import dev.authstore.storage.oauth2.OAuth2DeviceCodeGrantRepository;
import dev.authstore.storage.oauth2.OAuth2RefreshTokenRepository;
import dev.authstore.storage.oauth2.OAuth2SessionFilter;
import dev.authstore.storage.oauth2.OAuth2SessionRepository;
import dev.authstore.storage.pg.internal.Projection;
import dev.authstore.storage.pg.internal.UnitOfWork;
import org.jooq.Condition;

/** Hands out the repositories of this group, and what other groups use of it. */
public final class OAuth2Group {
  private OAuth2Group() {}

  public static OAuth2ClientRepository clients(UnitOfWork work) {
    return new PgOAuth2ClientRepository(work);
  }

  public static OAuth2AuthorizationGrantRepository authorizationGrants(UnitOfWork work) {
    return new PgOAuth2AuthorizationGrantRepository(work);
  }

  public static OAuth2SessionRepository sessions(UnitOfWork work) {
    return new PgOAuth2SessionRepository(work);
  }

  public static OAuth2DeviceCodeGrantRepository deviceCodeGrants(UnitOfWork work) {
    return new PgOAuth2DeviceCodeGrantRepository(work);
  }

  public static OAuth2AccessTokenRepository accessTokens(UnitOfWork work) {
    return new PgOAuth2AccessTokenRepository(work);
  }

  public static OAuth2RefreshTokenRepository refreshTokens(UnitOfWork work) {
    return new PgOAuth2RefreshTokenRepository(work);
  }

  /** How a client is read. */
  public static Projection<OAuth2Client> client() {
    return OAuth2Projections.CLIENT;
  }

  /** How a session is read. */
  public static Projection<OAuth2Session> session() {
    return OAuth2Projections.SESSION;
  }

  /** The sessions a filter selects, as a condition on their table. */
  public static Condition matching(OAuth2SessionFilter filter) {
    return OAuth2SessionConditions.matching(filter);
  }
}
