package dev.authstore.storage.pg.user;

import dev.authstore.storage.pg.internal.UnitOfWork;
import dev.authstore.storage.user.BrowserSessionRepository;
import dev.authstore.storage.user.UserEmailRepository;
import dev.authstore.storage.user.UserPasswordRepository;
import dev.authstore.storage.user.UserRecoveryRepository;
import dev.authstore.storage.user.UserRepository;
import dev.authstore.storage.user.UserTermsRepository;

/** Hands out the repositories of this group. */
public final class UserGroup {
  private UserGroup() {}

  public static UserRepository users(UnitOfWork work) {
    return new PgUserRepository(work);
  }

  public static UserEmailRepository emails(UnitOfWork work) {
    return new PgUserEmailRepository(work);
  }

  public static UserPasswordRepository passwords(UnitOfWork work) {
    return new PgUserPasswordRepository(work);
  }

  public static UserRecoveryRepository recovery(UnitOfWork work) {
    return new PgUserRecoveryRepository(work);
  }

  public static UserTermsRepository terms(UnitOfWork work) {
    return new PgUserTermsRepository(work);
  }

  public static BrowserSessionRepository browserSessions(UnitOfWork work) {
    return new PgBrowserSessionRepository(work);
  }
}
