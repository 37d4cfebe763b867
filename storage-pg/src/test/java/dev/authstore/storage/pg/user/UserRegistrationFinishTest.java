package dev.authstore.storage.pg.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.authstore.model.Json;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.Password;
import dev.authstore.model.user.RegistrationPassword;
import dev.authstore.model.user.User;
import dev.authstore.model.user.UserRegistration;
import dev.authstore.model.user.UserRegistrationToken;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.user.RegistrationBundle;
import dev.authstore.storage.user.UserFilter;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The last step of a sign-up: everything in one transaction, or nothing. */
class UserRegistrationFinishTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final URI TERMS = URI.create("https://example.com/terms");

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final SignUps signUps = new SignUps(store);
  private final BrowserSessions browsers = new BrowserSessions(store);

  @Test
  void makesTheAccount() {
    UserRegistrationToken token = signUps.token();
    UserRegistration registration = ready(token);
    signUps.tick();

    User user = store.write(repo -> finish(repo, registration));

    assertThat(users()).containsExactly(user);
    assertThat(signUps.stored(registration).map(UserRegistration::isCompleted)).contains(true);
    assertThat(timesUsed(token)).isOne();
    assertThat(store.<Optional<Password>>read(repo -> repo.userPasswords().active(user)))
        .map(Password::hashedPassword)
        .contains("hash");
    assertThat(store.select("SELECT email FROM user_emails")).containsExactly("john@example.com");
    assertThat(store.<Boolean>read(repo -> repo.userTerms().hasAccepted(user, TERMS))).isTrue();
    assertThat(store.select("SELECT queue_name FROM queue_jobs")).containsExactly("provision");
  }

  @Test
  void logsTheAccountInWithEachProof() {
    UserRegistration registration = ready(signUps.token());
    signUps.tick();

    User user = store.write(repo -> finish(repo, registration));

    assertThat(store.select("SELECT user_id FROM upstream_oauth_links"))
        .containsExactly(user.id().toString());
    assertThat(
            store.select(
                """
                SELECT id FROM upstream_oauth_authorization_sessions
                WHERE consumed_at IS NOT NULL AND browser_session_id IN (SELECT id FROM browser_sessions)
                """))
        .hasSize(1);
    assertThat(
            store.select(
                """
                SELECT user_password_id IS NOT NULL FROM browser_session_authentications
                WHERE num_nonnulls(user_password_id, upstream_session_id) = 1 ORDER BY id
                """))
        .containsExactly("t", "f");
  }

  @Test
  void leavesNothingBehindIfItsLastStepFails() {
    UserRegistrationToken token = signUps.token();
    UserRegistration registration = ready(token);
    signUps.tick();

    assertThatThrownBy(
            () ->
                store.run(
                    repo -> {
                      finish(repo, registration);
                      throw new IllegalStateException("the last step");
                    }))
        .hasMessage("the last step");

    assertThat(users()).isEmpty();
    assertThat(store.select("SELECT id FROM user_emails")).isEmpty();
    assertThat(store.select("SELECT id FROM user_passwords")).isEmpty();
    assertThat(store.select("SELECT id FROM user_terms")).isEmpty();
    assertThat(store.select("SELECT id FROM browser_sessions")).isEmpty();
    assertThat(store.select("SELECT id FROM queue_jobs")).isEmpty();
    assertThat(
            store.select(
                "SELECT id FROM upstream_oauth_authorization_sessions WHERE consumed_at IS NOT NULL"))
        .isEmpty();
    assertThat(timesUsed(token)).isZero();
    assertThat(signUps.stored(registration)).contains(registration);
  }

  @Test
  void makesOneAccountOfTwoSignUpsWithOneName() {
    UserRegistrationToken token = signUps.token();
    UserRegistration john = ready(token);
    UserRegistration jim = ready(token);
    signUps.tick();
    Store.Held<User> first = store.hold(repo -> finish(repo, john));
    signUps.tick();
    Future<User> second = store.start(repo -> finish(repo, jim));
    store.awaitBlocked(1);

    first.save();

    assertThat(second)
        .failsWithin(PATIENCE)
        .withThrowableOfType(ExecutionException.class)
        .havingCause()
        .isInstanceOfSatisfying(
            ConflictException.class,
            e -> assertThat(e.kind()).isEqualTo(ConflictKind.USERNAME_TAKEN));
    assertThat(users()).containsExactly(first.result());
    assertThat(timesUsed(token)).isOne();
    assertThat(signUps.stored(jim)).contains(jim);
  }

  @Test
  void makesOneAccountHoweverManyTry() throws InterruptedException {
    UserRegistrationToken token = signUps.token();
    List<UserRegistration> ready = List.of(ready(token), ready(token), ready(token), ready(token));
    signUps.tick();
    RepositoryFactory repositories = store.repositories();

    Race.Results<User> race =
        Race.of(ready.size())
            .run(number -> repositories.<User>call(repo -> finish(repo, ready.get(number))));

    assertThat(race.values()).hasSize(1);
    assertThat(race.failures()).hasSize(3).hasOnlyElementsOfType(ConflictException.class);
    assertThat(users()).isEqualTo(race.values());
    assertThat(timesUsed(token)).isOne();
  }

  private UserRegistration ready(UserRegistrationToken token) {
    UserRegistration registration = signUps.withPassword();
    var authentication = signUps.authentication(registration);
    var login = browsers.completedLogin(browsers.provider(), "sub", "sid");
    return store.write(
        repo -> {
          repo.userRegistrations().setDisplayName(registration, "John");
          repo.userRegistrations().setTermsUrl(registration, TERMS);
          repo.userRegistrations().setUpstreamOAuthAuthorizationSession(registration, login);
          repo.userRegistrations().setEmailAuthentication(registration, authentication);
          return repo.userRegistrations().setRegistrationToken(registration, token);
        });
  }

  /** As a service does it. */
  private static User finish(RepositoryAccess repo, UserRegistration registration) {
    RegistrationBundle bundle = repo.userRegistrations().load(registration.id()).orElseThrow();
    UserRegistration completed = repo.userRegistrations().complete(bundle.registration());
    repo.userRegistrationTokens().useToken(bundle.registrationToken().orElseThrow());
    User user = repo.users().addIfAvailable(completed.username());
    repo.userEmails().add(user, bundle.emailAuthentication().orElseThrow().email());
    RegistrationPassword chosen = completed.password().orElseThrow();
    Password password =
        repo.userPasswords().add(user, chosen.version(), chosen.hashedPassword(), Optional.empty());
    BrowserSession session = repo.browserSessions().add(user, completed.userAgent());
    repo.browserSessions().authenticateWithPassword(session, password);
    useLogin(repo, completed.upstreamOAuthAuthorizationSessionId().orElseThrow(), session);
    repo.userTerms().acceptTerms(user, completed.termsUrl().orElseThrow());
    repo.queueJobs().schedule("provision", Json.ofStrings(Map.of("user", user.id().toString())));
    return user;
  }

  private static void useLogin(RepositoryAccess repo, UUID loginId, BrowserSession session) {
    var login = repo.upstreamOAuthSessions().lookup(loginId).orElseThrow();
    var consumed = repo.upstreamOAuthSessions().consume(login, session);
    var link = repo.upstreamOAuthLinks().lookup(consumed.linkId().orElseThrow()).orElseThrow();
    repo.upstreamOAuthLinks().associateToUser(link, session.user());
    repo.browserSessions().authenticateWithUpstream(session, consumed);
  }

  private List<User> users() {
    return store.read(repo -> repo.users().list(UserFilter.all(), Pagination.first(10)).nodes());
  }

  private int timesUsed(UserRegistrationToken token) {
    return store.<Integer>read(
        repo -> repo.userRegistrationTokens().lookup(token.id()).orElseThrow().timesUsed());
  }
}
