package dev.authstore.storage.pg.user;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.user.RegistrationPassword;
import dev.authstore.model.user.UserRegistration;
import dev.authstore.model.user.UserRegistrationStage;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.MutableClock;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What all steps of a sign-up have in common. */
class UserRegistrationStepsRepositoryTest {
  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final SignUps signUps = new SignUps(store);

  private enum Step {
    DISPLAY_NAME,
    TERMS_URL,
    EMAIL_AUTHENTICATION,
    PASSWORD,
    REGISTRATION_TOKEN,
    UPSTREAM_SESSION
  }

  @FunctionalInterface
  private interface Change {
    UserRegistration take(RepositoryAccess repo, UserRegistration registration);
  }

  /** A step that can be taken, and what it leaves. */
  private record Taking(Object value, Change how) {}

  @Nested
  class EachStep {
    @ParameterizedTest
    @EnumSource
    void isSeenInTheResult(Step step) {
      UserRegistration registration = signUps.registration();
      Taking taking = taking(step, registration, 1);

      UserRegistration changed = take(taking, registration);

      assertThat(value(step, changed)).isEqualTo(Optional.of(taking.value()));
      assertThat(signUps.stored(registration)).contains(changed);
    }

    @ParameterizedTest
    @EnumSource
    void replacesWhatWasThere(Step step) {
      UserRegistration registration = signUps.registration();
      take(taking(step, registration, 1), registration);
      Taking taking = taking(step, registration, 2);

      UserRegistration changed = take(taking, registration);

      assertThat(value(step, changed)).isEqualTo(Optional.of(taking.value()));
      assertThat(signUps.stored(registration)).contains(changed);
    }

    @ParameterizedTest
    @EnumSource
    void leavesTheOthersAlone(Step step) {
      UserRegistration registration = signUps.registration();
      Map<Step, Object> expected = takeAll(registration);
      Taking taking = taking(step, registration, 2);
      expected.put(step, taking.value());

      UserRegistration changed = take(taking, registration);

      assertThat(values(changed)).isEqualTo(expected);
      assertThat(signUps.stored(registration)).contains(changed);
      assertThat(changed.username()).isEqualTo(registration.username());
      assertThat(changed.createdAt()).isEqualTo(registration.createdAt());
      assertThat(changed.stage()).isEqualTo(new UserRegistrationStage.InProgress());
    }

    @ParameterizedTest
    @EnumSource
    void isRefusedOnceCompleted(Step step) {
      UserRegistration registration = signUps.registration();
      Taking taking = taking(step, registration, 1);
      signUps.completed(registration);
      Optional<UserRegistration> before = signUps.stored(registration);

      var refusal =
          signUps.refused(
              InvalidStateException.class, repo -> taking.how().take(repo, registration));

      assertThat(refusal.reason()).isEqualTo(StateReason.COMPLETED);
      assertThat(refusal.aggregate()).isEqualTo("user_registration");
      assertThat(refusal.id()).isEqualTo(registration.id());
      assertThat(signUps.stored(registration)).isEqualTo(before);
    }

    @ParameterizedTest
    @EnumSource
    void doesNotFindARemovedSignUp(Step step) {
      UserRegistration registration = signUps.registration();
      Taking taking = taking(step, registration, 1);
      signUps.remove(registration);

      var refusal =
          signUps.refused(NotFoundException.class, repo -> taking.how().take(repo, registration));

      assertThat(refusal.aggregate()).isEqualTo("user_registration");
      assertThat(refusal.id()).isEqualTo(registration.id());
    }
  }

  @Nested
  class TwoSnapshots {
    @Test
    void bothLeaveTheirMark() {
      UserRegistration one = signUps.registration();
      UserRegistration two = signUps.stored(one).orElseThrow();
      store.run(repo -> repo.userRegistrations().setDisplayName(one, "John"));

      UserRegistration changed =
          store.write(
              repo -> repo.userRegistrations().setTermsUrl(two, URI.create("https://a/terms")));

      assertThat(changed.displayName()).contains("John");
      assertThat(changed.termsUrl()).contains(URI.create("https://a/terms"));
    }

    @Test
    void bothLeaveTheirMarkAtOnce() throws Exception {
      UserRegistration registration = signUps.registration();
      var first = store.hold(repo -> repo.userRegistrations().setDisplayName(registration, "John"));
      var second =
          store.start(repo -> repo.userRegistrations().setPassword(registration, 1, "hash"));
      store.awaitBlocked(1);

      first.save();

      UserRegistration changed = second.get();
      assertThat(changed.displayName()).contains("John");
      assertThat(changed.password()).isPresent();
      assertThat(signUps.stored(registration)).contains(changed);
    }
  }

  private Taking taking(Step step, UserRegistration registration, int number) {
    return switch (step) {
      case DISPLAY_NAME ->
          new Taking(
              "John " + number,
              (repo, r) -> repo.userRegistrations().setDisplayName(r, "John " + number));
      case TERMS_URL -> {
        URI url = URI.create("https://example.com/terms?v=" + number);
        yield new Taking(url, (repo, r) -> repo.userRegistrations().setTermsUrl(r, url));
      }
      case EMAIL_AUTHENTICATION -> {
        var authentication = signUps.authentication(registration);
        yield new Taking(
            authentication.id(),
            (repo, r) -> repo.userRegistrations().setEmailAuthentication(r, authentication));
      }
      case PASSWORD ->
          new Taking(
              new RegistrationPassword("hash", number),
              (repo, r) -> repo.userRegistrations().setPassword(r, number, "hash"));
      case REGISTRATION_TOKEN -> {
        var token = signUps.token();
        yield new Taking(
            token.id(), (repo, r) -> repo.userRegistrations().setRegistrationToken(r, token));
      }
      case UPSTREAM_SESSION -> {
        var session = signUps.upstreamSession();
        yield new Taking(
            session.id(),
            (repo, r) -> repo.userRegistrations().setUpstreamOAuthAuthorizationSession(r, session));
      }
    };
  }

  private UserRegistration take(Taking taking, UserRegistration registration) {
    return store.write(repo -> taking.how().take(repo, registration));
  }

  private Map<Step, Object> takeAll(UserRegistration registration) {
    Map<Step, Object> values = new TreeMap<>();
    List<Taking> takings = new ArrayList<>();
    for (Step step : Step.values()) {
      Taking taking = taking(step, registration, 1);
      takings.add(taking);
      values.put(step, taking.value());
    }
    store.run(repo -> takings.forEach(taking -> taking.how().take(repo, registration)));
    return values;
  }

  private static Map<Step, Object> values(UserRegistration registration) {
    Map<Step, Object> values = new TreeMap<>();
    for (Step step : Step.values()) {
      values.put(step, value(step, registration).orElseThrow());
    }
    return values;
  }

  private static Optional<?> value(Step step, UserRegistration registration) {
    return switch (step) {
      case DISPLAY_NAME -> registration.displayName();
      case TERMS_URL -> registration.termsUrl();
      case EMAIL_AUTHENTICATION -> registration.emailAuthenticationId();
      case PASSWORD -> registration.password();
      case REGISTRATION_TOKEN -> registration.registrationTokenId();
      case UPSTREAM_SESSION -> registration.upstreamOAuthAuthorizationSessionId();
    };
  }
}
