package dev.authstore.storage.pg.compat;

import dev.authstore.model.compat.CompatSession;
import dev.authstore.storage.compat.CompatAccessTokenRepository;
import dev.authstore.storage.compat.CompatRefreshTokenRepository;
import dev.authstore.storage.compat.CompatSessionFilter;
import dev.authstore.storage.compat.CompatSessionRepository;
import dev.authstore.storage.compat.CompatSsoLoginRepository;
import dev.authstore.storage.pg.internal.Projection;
import dev.authstore.storage.pg.internal.UnitOfWork;
import org.jooq.Condition;

/** Hands out the repositories of this group, and what other groups use of it. */
public final class CompatGroup {
  private CompatGroup() {}

  public static CompatSessionRepository sessions(UnitOfWork work) {
    return new PgCompatSessionRepository(work);
  }

  public static CompatSsoLoginRepository ssoLogins(UnitOfWork work) {
    return new PgCompatSsoLoginRepository(work);
  }

  public static CompatAccessTokenRepository accessTokens(UnitOfWork work) {
    return new PgCompatAccessTokenRepository(work);
  }

  public static CompatRefreshTokenRepository refreshTokens(UnitOfWork work) {
    return new PgCompatRefreshTokenRepository(work);
  }

  /** How a session is read. */
  public static Projection<CompatSession> session() {
    return CompatProjections.SESSION;
  }

  /** The sessions a filter selects, as a condition on their table. */
  public static Condition matching(CompatSessionFilter filter) {
    return PgCompatSessionRepository.matching(filter);
  }
}
