package dev.authstore.storage.pg.user;

import dev.authstore.model.user.Authentication;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.pg.internal.Projection;
import dev.authstore.storage.pg.internal.UnitOfWork;
import dev.authstore.storage.user.BrowserSessionFilter;
import dev.authstore.storage.user.BrowserSessionRepository;
import dev.authstore.storage.user.UserEmailRepository;
import dev.authstore.storage.user.UserPasswordRepository;
import dev.authstore.storage.user.UserRecoveryRepository;
import dev.authstore.storage.user.UserRegistrationRepository;
import dev.authstore.storage.user.UserRegistrationTokenRepository;
import dev.authstore.storage.user.UserRepository;
import dev.authstore.storage.user.UserTermsRepository;
import org.jooq.Condition;

/** Hands out the repositories of this group, and what other groups use of it. */
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

  public static UserRegistrationRepository registrations(UnitOfWork work) {
    return new PgUserRegistrationRepository(work);
  }

  public static UserRegistrationTokenRepository registrationTokens(UnitOfWork work) {
    return new PgUserRegistrationTokenRepository(work);
  }

  public static BrowserSessionRepository browserSessions(UnitOfWork work) {
    return new PgBrowserSessionRepository(work);
  }

  /** How an account is read. */
  public static Projection<User> user() {
    return PgUserRepository.USER;
  }

  /** How a browser session is read, its account in the same row. */
  public static Projection<BrowserSession> browserSession() {
    return PgBrowserSessionRepository.SESSION;
  }

  /** How an authentication in a browser session is read. */
  public static Projection<Authentication> authentication() {
    return BrowserSessionAuthentications.AUTHENTICATION;
  }

  /** The browser sessions a filter selects, as a condition on their table. */
  public static Condition matching(BrowserSessionFilter filter) {
    return PgBrowserSessionRepository.matching(filter);
  }
}
