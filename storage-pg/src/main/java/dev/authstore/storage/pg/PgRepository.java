package dev.authstore.storage.pg;

import dev.authstore.storage.Repository;
import dev.authstore.storage.oauth2.OAuth2ClientRepository;
import dev.authstore.storage.pg.internal.UnitOfWork;
import dev.authstore.storage.pg.oauth2.OAuth2Group;
import dev.authstore.storage.pg.queue.QueueGroup;
import dev.authstore.storage.pg.upstream.UpstreamGroup;
import dev.authstore.storage.pg.user.UserGroup;
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

  /**
   * For statements on the application's own tables, in this unit of work: they run on its
   * connection, fail it when they fail, and are committed with it. Do not begin or end transactions
   * with it, and do not keep it.
   */
  public DSLContext dsl() {
    return work.dsl();
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
  public OAuth2ClientRepository oauth2Clients() {
    return OAuth2Group.clients(work);
  }

  @Override
  public BrowserSessionRepository browserSessions() {
    return UserGroup.browserSessions(work);
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
