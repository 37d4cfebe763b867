package dev.authstore.storage.pg;

import dev.authstore.storage.Repository;
import dev.authstore.storage.app.AppSessionRepository;
import dev.authstore.storage.compat.CompatAccessTokenRepository;
import dev.authstore.storage.compat.CompatRefreshTokenRepository;
import dev.authstore.storage.compat.CompatSessionRepository;
import dev.authstore.storage.compat.CompatSsoLoginRepository;
import dev.authstore.storage.oauth2.OAuth2AccessTokenRepository;
import dev.authstore.storage.oauth2.OAuth2AuthorizationGrantRepository;
import dev.authstore.storage.oauth2.OAuth2ClientRepository;
import dev.authstore.storage.oauth2.OAuth2DeviceCodeGrantRepository;
import dev.authstore.storage.oauth2.OAuth2RefreshTokenRepository;
import dev.authstore.storage.oauth2.OAuth2SessionRepository;
import dev.authstore.storage.personal.PersonalAccessTokenRepository;
import dev.authstore.storage.personal.PersonalSessionRepository;
import dev.authstore.storage.pg.app.AppGroup;
import dev.authstore.storage.pg.compat.CompatGroup;
import dev.authstore.storage.pg.internal.UnitOfWork;
import dev.authstore.storage.pg.oauth2.OAuth2Group;
import dev.authstore.storage.pg.personal.PersonalGroup;
import dev.authstore.storage.pg.policy.PolicyGroup;
import dev.authstore.storage.pg.queue.QueueGroup;
import dev.authstore.storage.pg.upstream.UpstreamGroup;
import dev.authstore.storage.pg.user.UserGroup;
import dev.authstore.storage.policy.PolicyDataRepository;
import dev.authstore.storage.queue.QueueJobRepository;
import dev.authstore.storage.queue.QueueScheduleRepository;
import dev.authstore.storage.queue.QueueWorkerRepository;
import dev.authstore.storage.upstream.UpstreamOAuthAuthorizationSessionRepository;
import dev.authstore.storage.upstream.UpstreamOAuthLinkRepository;
import dev.authstore.storage.upstream.UpstreamOAuthProviderRepository;
import dev.authstore.storage.user.BrowserSessionRepository;
import dev.authstore.storage.user.UserEmailRepository;
import dev.authstore.storage.user.UserPasswordRepository;
import dev.authstore.storage.user.UserRecoveryRepository;
import dev.authstore.storage.user.UserRegistrationRepository;
import dev.authstore.storage.user.UserRegistrationTokenRepository;
import dev.authstore.storage.user.UserRepository;
import dev.authstore.storage.user.UserTermsRepository;
import org.jooq.DSLContext;

/** A unit of work on PostgreSQL. */
public final class PgRepository implements Repository {
  private final UnitOfWork work;

  PgRepository(UnitOfWork work) {
    this.work = work;
  }

  PgWork work() {
    return new PgWork(work);
  }

  /**
   * For single statements of the application that are no operation of anything, in this unit of
   * work: they run on its connection, fail it when they fail, and are committed with it. Whether
   * they write is not looked at; repositories of the application are better built on {@link
   * PgWork}. Do not begin or end transactions with it, and do not keep it. What they set for the
   * session, such as a role, stays on the connection for whoever uses it next: write {@code SET
   * LOCAL}, which ends with the transaction.
   */
  public DSLContext dsl() {
    return work.dsl();
  }

  /** Whether nothing has been asked of the database, so that saving has nothing to store. */
  public boolean isUntouched() {
    return work.isUntouched();
  }

  @Override
  public void save() {
    work.save();
  }

  @Override
  public void cancel() {
    work.cancel();
  }

  @Override
  public void close() {
    work.close();
  }

  @Override
  public UserRepository users() {
    return UserGroup.users(work);
  }

  @Override
  public UserEmailRepository userEmails() {
    return UserGroup.emails(work);
  }

  @Override
  public UserPasswordRepository userPasswords() {
    return UserGroup.passwords(work);
  }

  @Override
  public UserRecoveryRepository userRecovery() {
    return UserGroup.recovery(work);
  }

  @Override
  public UserTermsRepository userTerms() {
    return UserGroup.terms(work);
  }

  @Override
  public UserRegistrationRepository userRegistrations() {
    return UserGroup.registrations(work);
  }

  @Override
  public UserRegistrationTokenRepository userRegistrationTokens() {
    return UserGroup.registrationTokens(work);
  }

  @Override
  public BrowserSessionRepository browserSessions() {
    return UserGroup.browserSessions(work);
  }

  @Override
  public OAuth2ClientRepository oauth2Clients() {
    return OAuth2Group.clients(work);
  }

  @Override
  public OAuth2AuthorizationGrantRepository oauth2AuthorizationGrants() {
    return OAuth2Group.authorizationGrants(work);
  }

  @Override
  public OAuth2SessionRepository oauth2Sessions() {
    return OAuth2Group.sessions(work);
  }

  @Override
  public OAuth2DeviceCodeGrantRepository oauth2DeviceCodeGrants() {
    return OAuth2Group.deviceCodeGrants(work);
  }

  @Override
  public OAuth2AccessTokenRepository oauth2AccessTokens() {
    return OAuth2Group.accessTokens(work);
  }

  @Override
  public OAuth2RefreshTokenRepository oauth2RefreshTokens() {
    return OAuth2Group.refreshTokens(work);
  }

  @Override
  public CompatSessionRepository compatSessions() {
    return CompatGroup.sessions(work);
  }

  @Override
  public CompatSsoLoginRepository compatSsoLogins() {
    return CompatGroup.ssoLogins(work);
  }

  @Override
  public CompatAccessTokenRepository compatAccessTokens() {
    return CompatGroup.accessTokens(work);
  }

  @Override
  public CompatRefreshTokenRepository compatRefreshTokens() {
    return CompatGroup.refreshTokens(work);
  }

  @Override
  public PersonalSessionRepository personalSessions() {
    return PersonalGroup.sessions(work);
  }

  @Override
  public PersonalAccessTokenRepository personalAccessTokens() {
    return PersonalGroup.accessTokens(work);
  }

  @Override
  public UpstreamOAuthProviderRepository upstreamOAuthProviders() {
    return UpstreamGroup.providers(work);
  }

  @Override
  public UpstreamOAuthLinkRepository upstreamOAuthLinks() {
    return UpstreamGroup.links(work);
  }

  @Override
  public UpstreamOAuthAuthorizationSessionRepository upstreamOAuthSessions() {
    return UpstreamGroup.authorizationSessions(work);
  }

  @Override
  public AppSessionRepository appSessions() {
    return AppGroup.sessions(work);
  }

  @Override
  public PolicyDataRepository policyData() {
    return PolicyGroup.policyData(work);
  }

  @Override
  public QueueWorkerRepository queueWorkers() {
    return QueueGroup.workers(work);
  }

  @Override
  public QueueJobRepository queueJobs() {
    return QueueGroup.jobs(work);
  }

  @Override
  public QueueScheduleRepository queueSchedules() {
    return QueueGroup.schedules(work);
  }
}
