package dev.authstore.storage.pg.user;

import dev.authstore.storage.pg.internal.UnitOfWork;
import dev.authstore.storage.user.BrowserSessionRepository;
import dev.authstore.storage.user.UserEmailRepository;
import dev.authstore.storage.user.UserPasswordRepository;
import dev.authstore.storage.user.UserRepository;

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

  public static BrowserSessionRepository browserSessions(UnitOfWork work) {
    return new PgBrowserSessionRepository(work);
  }
}
