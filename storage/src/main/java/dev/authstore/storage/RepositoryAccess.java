package dev.authstore.storage;

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

/**
 * The repositories of one unit of work. Each accessor returns a view without a state of its own,
 * which may be kept as long as the unit of work is open.
 */
public interface RepositoryAccess {

  /** Accounts. */
  UserRepository users();

  /** Verified e-mail addresses. */
  UserEmailRepository userEmails();

  /** Passwords, as hashes. */
  UserPasswordRepository userPasswords();

  /** Resetting lost passwords. */
  UserRecoveryRepository userRecovery();

  /** Accepted terms of service. */
  UserTermsRepository userTerms();

  /** Sign-ups in progress. */
  UserRegistrationRepository userRegistrations();

  /** Invitations to sign up. */
  UserRegistrationTokenRepository userRegistrationTokens();

  /** Logged-in browsers, and how the person proved who they are. */
  BrowserSessionRepository browserSessions();

  /** OAuth 2.0 clients. */
  OAuth2ClientRepository oauth2Clients();

  /** Authorization requests, and the codes that come of them. */
  OAuth2AuthorizationGrantRepository oauth2AuthorizationGrants();

  /** What clients hold, for users or for themselves. */
  OAuth2SessionRepository oauth2Sessions();

  /** Requests of devices without a browser. */
  OAuth2DeviceCodeGrantRepository oauth2DeviceCodeGrants();

  /** OAuth 2.0 access tokens. */
  OAuth2AccessTokenRepository oauth2AccessTokens();

  /** OAuth 2.0 refresh tokens. */
  OAuth2RefreshTokenRepository oauth2RefreshTokens();

  /** Sessions of the older login API. */
  CompatSessionRepository compatSessions();

  /** Logins through the browser that lead to them. */
  CompatSsoLoginRepository compatSsoLogins();

  /** Their access tokens. */
  CompatAccessTokenRepository compatAccessTokens();

  /** Their refresh tokens. */
  CompatRefreshTokenRepository compatRefreshTokens();

  /** What scripts are allowed to do as a user. */
  PersonalSessionRepository personalSessions();

  /** The tokens of personal sessions. */
  PersonalAccessTokenRepository personalAccessTokens();

  /** Identity providers at which people may log in. */
  UpstreamOAuthProviderRepository upstreamOAuthProviders();

  /** Identities met there, and whose they are. */
  UpstreamOAuthLinkRepository upstreamOAuthLinks();

  /** Logins there, from being sent to being used. */
  UpstreamOAuthAuthorizationSessionRepository upstreamOAuthSessions();

  /** Sessions of OAuth 2.0 and of the older login API together. */
  AppSessionRepository appSessions();

  /** What the policy engine is told while it runs. */
  PolicyDataRepository policyData();

  /** Worker processes, and which of them leads. */
  QueueWorkerRepository queueWorkers();

  /** Background jobs. */
  QueueJobRepository queueJobs();

  /** What recurs. */
  QueueScheduleRepository queueSchedules();
}
