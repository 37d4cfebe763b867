package dev.authstore.storage.pg.personal;

import dev.authstore.storage.personal.PersonalAccessTokenRepository;
import dev.authstore.storage.personal.PersonalSessionRepository;
import dev.authstore.storage.pg.internal.UnitOfWork;

/** Hands out the repositories of this group. */
public final class PersonalGroup {
  private PersonalGroup() {}

  public static PersonalSessionRepository sessions(UnitOfWork work) {
    return new PgPersonalSessionRepository(work);
  }

  public static PersonalAccessTokenRepository accessTokens(UnitOfWork work) {
    return new PgPersonalAccessTokenRepository(work);
  }
}
