package dev.authstore.storage.pg.upstream;

import dev.authstore.storage.pg.internal.UnitOfWork;
import dev.authstore.storage.upstream.UpstreamOAuthAuthorizationSessionRepository;
import dev.authstore.storage.upstream.UpstreamOAuthLinkRepository;
import dev.authstore.storage.upstream.UpstreamOAuthProviderRepository;
import dev.authstore.storage.upstream.UpstreamOAuthSessionFilter;
import org.jooq.Condition;

/** Hands out the repositories of this group, and what other groups use of it. */
public final class UpstreamGroup {
  private UpstreamGroup() {}

  public static UpstreamOAuthProviderRepository providers(UnitOfWork work) {
    return new PgUpstreamOAuthProviderRepository(work);
  }

  public static UpstreamOAuthLinkRepository links(UnitOfWork work) {
    return new PgUpstreamOAuthLinkRepository(work);
  }

  public static UpstreamOAuthAuthorizationSessionRepository authorizationSessions(UnitOfWork work) {
    return new PgUpstreamOAuthAuthorizationSessionRepository(work);
  }

  /** The upstream authorization sessions a filter selects, as a condition on their table. */
  public static Condition matching(UpstreamOAuthSessionFilter filter) {
    return PgUpstreamOAuthAuthorizationSessionRepository.matching(filter);
  }
}
