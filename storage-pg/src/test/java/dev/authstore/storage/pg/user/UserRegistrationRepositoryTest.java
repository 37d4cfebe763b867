package dev.authstore.storage.pg.user;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Addresses;
import dev.authstore.model.Json;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSession;
import dev.authstore.model.user.RegistrationPassword;
import dev.authstore.model.user.UserEmailAuthentication;
import dev.authstore.model.user.UserRegistration;
import dev.authstore.model.user.UserRegistrationStage;
import dev.authstore.model.user.UserRegistrationToken;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.user.RegistrationBundle;
import dev.authstore.testing.MutableClock;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How sign-ups begin, what is set in them, and how they are read. */
class UserRegistrationRepositoryTest {
  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final SignUps signUps = new SignUps(store);

  @Nested
  class Lookup {
    @Test
    void isEmptyIfThereIsNoSuchSignUp() {
      Optional<UserRegistration> found =
          store.read(repo -> repo.userRegistrations().lookup(new UUID(1, 2)));

      assertThat(found).isEmpty();
    }
  }

  @Nested
  class Load {
    @Test
    void isEmptyIfThereIsNoSuchSignUp() {
      assertThat(load(new UUID(1, 2))).isEmpty();
    }

    @Test
    void readsASignUpWithNothingAttached() {
      UserRegistration registration = signUps.registration();

      Optional<RegistrationBundle> bundle = load(registration.id());

      assertThat(bundle)
          .contains(new RegistrationBundle(registration, Optional.empty(), Optional.empty()));
    }

    @Test
    void readsWhatIsAttached() {
      UserRegistration registration = signUps.registration();
      UserEmailAuthentication authentication = signUps.authentication(registration);
      UserRegistrationToken token = signUps.token();
      UserRegistration attached =
          store.write(
              repo -> {
                repo.userRegistrations().setEmailAuthentication(registration, authentication);
                return repo.userRegistrations().setRegistrationToken(registration, token);
              });

      Optional<RegistrationBundle> bundle = load(registration.id());

      assertThat(bundle)
          .contains(
              new RegistrationBundle(attached, Optional.of(authentication), Optional.of(token)));
    }

    @Test
    void isOneStatement() {
      UserRegistration registration = signUps.registration();
      store.statements();

      load(registration.id());

      assertThat(store.statements()).hasSize(1);
    }

    private Optional<RegistrationBundle> load(UUID id) {
      return store.read(repo -> repo.userRegistrations().load(id));
    }
  }

  @Nested
  class Add {
    @Test
    void storesWhatItWasGiven() {
      Json action = Json.parse("{\"kind\": \"continue\", \"id\": [1, 2.50, null]}");

      UserRegistration added =
          store.write(
              repo ->
                  repo.userRegistrations()
                      .add(
                          "John",
                          Optional.of(Addresses.parse("2001:db8::1")),
                          Optional.of("Firefox"),
                          Optional.of(action)));

      assertThat(added)
          .isEqualTo(
              new UserRegistration(
                  added.id(),
                  "John",
                  Optional.empty(),
                  Optional.empty(),
                  Optional.empty(),
                  Optional.empty(),
                  Optional.empty(),
                  Optional.empty(),
                  Optional.of(Json.parse("{\"id\":[1,2.5,null],\"kind\":\"continue\"}")),
                  Optional.of(Addresses.parse("2001:db8::1")),
                  Optional.of("Firefox"),
                  signUps.now(),
                  new UserRegistrationStage.InProgress()));
      assertThat(signUps.stored(added)).contains(added);
    }

    @Test
    void needsANameOnly() {
      UserRegistration added = signUps.registration();

      assertThat(added.postAuthAction()).isEmpty();
      assertThat(added.ipAddress()).isEmpty();
      assertThat(added.userAgent()).isEmpty();
      assertThat(signUps.stored(added)).contains(added);
    }

    @Test
    void acceptsANameThatIsTaken() {
      store.run(repo -> repo.users().add("john"));
      UserRegistration first = signUps.registration();

      UserRegistration second = signUps.registration();

      assertThat(second.id()).isNotEqualTo(first.id());
      assertThat(second.username()).isEqualTo(first.username());
    }

    @Test
    void tellsTheValueNullFromNone() {
      UserRegistration added =
          store.write(
              repo ->
                  repo.userRegistrations()
                      .add("john", Optional.empty(), Optional.empty(), Optional.of(Json.NULL)));

      assertThat(added.postAuthAction()).contains(Json.NULL);
      assertThat(signUps.stored(added)).contains(added);
    }

    @Test
    void takesAMappedAddressForWhatItMeans() {
      UserRegistration added =
          store.write(
              repo ->
                  repo.userRegistrations()
                      .add(
                          "john",
                          Optional.of(Addresses.parse("::ffff:192.0.2.1")),
                          Optional.empty(),
                          Optional.empty()));

      assertThat(added.ipAddress()).contains(Addresses.parse("192.0.2.1"));
    }

    @Test
    void mendsTheUserAgent() {
      String agent = "a\u0000b\uD800" + "x".repeat(2000);

      UserRegistration added =
          store.write(
              repo ->
                  repo.userRegistrations()
                      .add("john", Optional.empty(), Optional.of(agent), Optional.empty()));

      assertThat(added.userAgent()).contains("a\uFFFDb\uFFFD" + "x".repeat(1020));
      assertThat(signUps.stored(added)).contains(added);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "é", "😀"})
    void acceptsTheLongestName(String letter) {
      String name = letter.repeat(255 / letter.getBytes(StandardCharsets.UTF_8).length);

      UserRegistration added = store.write(repo -> add(repo, name));

      assertThat(signUps.stored(added).map(UserRegistration::username)).contains(name);
    }

    @ParameterizedTest
    @MethodSource("impossibleNames")
    void refusesANameThatCannotBeStored(String name) {
      var refusal = signUps.refused(InvalidInputException.class, repo -> add(repo, name));

      assertThat(refusal).hasMessageContaining("user name");
      assertThat(store.select("SELECT id FROM user_registrations")).isEmpty();
    }

    static List<String> impossibleNames() {
      return List.of("", "a".repeat(256), "é".repeat(128), "a\u0000b", "a\uD800b");
    }
  }

  @Nested
  class SetDisplayName {
    @ParameterizedTest
    @ValueSource(strings = {"John", "", " ", "e\u0301", "\u00E9", "👩‍👧\u200F", "O'Hara %_\\\""})
    void keepsTheNameAsItIs(String name) {
      UserRegistration registration = signUps.registration();

      UserRegistration changed =
          store.write(repo -> repo.userRegistrations().setDisplayName(registration, name));

      assertThat(changed.displayName()).contains(name);
      assertThat(signUps.stored(registration)).contains(changed);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\u0000b", "a\uD800b"})
    void refusesANameThatCannotBeStored(String name) {
      UserRegistration registration = signUps.registration();

      var refusal =
          signUps.refused(
              InvalidInputException.class,
              repo -> repo.userRegistrations().setDisplayName(registration, name));

      assertThat(refusal).hasMessageContaining("display name");
      assertThat(signUps.stored(registration)).contains(registration);
    }

    @Test
    void refusesANameOfMoreThan1024Bytes() {
      UserRegistration registration = signUps.registration();
      store.run(repo -> repo.userRegistrations().setDisplayName(registration, "é".repeat(512)));

      signUps.refused(
          InvalidInputException.class,
          repo -> repo.userRegistrations().setDisplayName(registration, "a".repeat(1025)));

      assertThat(signUps.stored(registration).flatMap(UserRegistration::displayName))
          .contains("é".repeat(512));
    }
  }

  @Nested
  class SetTermsUrl {
    @ParameterizedTest
    @ValueSource(
        strings = {
          "https://example.com/terms?v=2#%41",
          "HTTPS://EXAMPLE.COM/./a/../terms/",
          "https://bücher.example/ä",
          "urn:example:terms"
        })
    void keepsTheUrlAsItIsWritten(String url) {
      UserRegistration registration = signUps.registration();

      UserRegistration changed = setTermsUrl(registration, url);

      assertThat(changed.termsUrl().map(URI::toString)).contains(url);
      assertThat(signUps.stored(registration)).contains(changed);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/terms", "terms", "", "//example.com/terms", "#terms"})
    void refusesARelativeUrl(String url) {
      UserRegistration registration = signUps.registration();

      var refusal =
          signUps.refused(
              InvalidInputException.class,
              repo -> repo.userRegistrations().setTermsUrl(registration, URI.create(url)));

      assertThat(refusal).hasMessageContaining("terms URL");
      assertThat(signUps.stored(registration)).contains(registration);
    }

    @Test
    void refusesAUrlOfMoreThan2000Bytes() {
      UserRegistration registration = signUps.registration();
      String longest = "urn:" + "a".repeat(1996);
      setTermsUrl(registration, longest);

      signUps.refused(
          InvalidInputException.class,
          repo -> repo.userRegistrations().setTermsUrl(registration, URI.create(longest + "a")));

      assertThat(
              signUps.stored(registration).flatMap(UserRegistration::termsUrl).map(URI::toString))
          .contains(longest);
    }

    private UserRegistration setTermsUrl(UserRegistration registration, String url) {
      return store.write(
          repo -> repo.userRegistrations().setTermsUrl(registration, URI.create(url)));
    }
  }

  @Nested
  class SetPassword {
    @ParameterizedTest
    @ValueSource(ints = {0, 65_535})
    void setsHashAndVersion(int version) {
      UserRegistration registration = signUps.registration();

      UserRegistration changed = setPassword(registration, version, "hash");

      assertThat(changed.password()).contains(new RegistrationPassword("hash", version));
      assertThat(signUps.stored(registration)).contains(changed);
    }

    @Test
    void replacesBoth() {
      UserRegistration registration = signUps.registration();
      setPassword(registration, 1, "first");

      UserRegistration changed = setPassword(registration, 2, "second");

      assertThat(changed.password()).contains(new RegistrationPassword("second", 2));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 65_536})
    void refusesAVersionOutOfRange(int version) {
      UserRegistration registration = signUps.registration();

      var refusal =
          signUps.refused(
              InvalidInputException.class,
              repo -> repo.userRegistrations().setPassword(registration, version, "hash"));

      assertThat(refusal).hasMessageContaining("version");
      assertThat(signUps.stored(registration)).contains(registration);
    }

    @ParameterizedTest
    @MethodSource("impossibleHashes")
    void refusesAHashThatCannotBeStored(String hash) {
      UserRegistration registration = signUps.registration();

      var refusal =
          signUps.refused(
              InvalidInputException.class,
              repo -> repo.userRegistrations().setPassword(registration, 1, hash));

      assertThat(refusal).hasMessageContaining("password hash");
      assertThat(signUps.stored(registration)).contains(registration);
    }

    static List<String> impossibleHashes() {
      return List.of("", "a".repeat(1025), "a\u0000b", "a\uD800b");
    }

    private UserRegistration setPassword(UserRegistration registration, int version, String hash) {
      return store.write(repo -> repo.userRegistrations().setPassword(registration, version, hash));
    }
  }

  @Nested
  class SetEmailAuthentication {
    @Test
    void refusesOneOfAnotherSignUpBeforeAskingTheDatabase() {
      UserRegistration registration = signUps.registration();
      UserEmailAuthentication foreign = signUps.authentication(signUps.registration());
      store.statements();

      signUps.refused(
          InvalidInputException.class,
          repo -> repo.userRegistrations().setEmailAuthentication(registration, foreign));

      assertThat(store.statements())
          .noneMatch(statement -> statement.operation().startsWith("user_registration"));
      assertThat(signUps.stored(registration)).contains(registration);
    }

    @Test
    void refusesOneThatIsStoredAsAnotherSignUps() {
      UserRegistration registration = signUps.registration();
      UserEmailAuthentication foreign = signUps.authentication(signUps.registration());
      UserEmailAuthentication disguised = signUps.authentication(registration, foreign.id());

      var refusal =
          signUps.refused(
              InvalidStateException.class,
              repo -> repo.userRegistrations().setEmailAuthentication(registration, disguised));

      assertThat(refusal.reason()).isEqualTo(StateReason.WRONG_PARENT);
      assertThat(signUps.stored(registration)).contains(registration);
    }

    @Test
    void refusesOneThatIsStoredAsABrowserSessions() {
      UserRegistration registration = signUps.registration();
      UserEmailAuthentication authentication = signUps.authentication(registration);
      var session =
          store.write(
              repo -> repo.browserSessions().add(repo.users().add("jane"), Optional.empty()));
      store.sql(
          "UPDATE user_email_authentications SET user_registration_id = NULL, browser_session_id = ?",
          session.id());

      var refusal =
          signUps.refused(
              InvalidStateException.class,
              repo ->
                  repo.userRegistrations().setEmailAuthentication(registration, authentication));

      assertThat(refusal.reason()).isEqualTo(StateReason.WRONG_PARENT);
      assertThat(signUps.stored(registration)).contains(registration);
    }

    @Test
    void acceptsACompletedOne() {
      UserRegistration registration = signUps.registration();
      UserEmailAuthentication authentication = signUps.authentication(registration);
      store.sql("UPDATE user_email_authentications SET completed_at = created_at");

      UserRegistration changed =
          store.write(
              repo ->
                  repo.userRegistrations().setEmailAuthentication(registration, authentication));

      assertThat(changed.emailAuthenticationId()).contains(authentication.id());
    }

    @Test
    void doesNotFindARemovedOne() {
      UserRegistration registration = signUps.registration();
      UserEmailAuthentication authentication = signUps.authentication(registration);
      store.sql("DELETE FROM user_email_authentications");

      var refusal =
          signUps.refused(
              NotFoundException.class,
              repo ->
                  repo.userRegistrations().setEmailAuthentication(registration, authentication));

      assertThat(refusal.aggregate()).isEqualTo("user_email_authentication");
      assertThat(refusal.id()).isEqualTo(authentication.id());
      assertThat(signUps.stored(registration)).contains(registration);
    }
  }

  @Nested
  class SetRegistrationToken {
    @Test
    void acceptsATokenThatIsNotValid() {
      UserRegistration registration = signUps.registration();
      Instant past = signUps.now();
      UserRegistrationToken expired = signUps.token("expired", Optional.empty(), Optional.of(past));
      UserRegistrationToken exhausted =
          signUps.token("exhausted", Optional.of(0), Optional.empty());
      UserRegistrationToken revoked = signUps.token("revoked", Optional.empty(), Optional.empty());
      store.run(repo -> repo.userRegistrationTokens().revoke(revoked));

      for (UserRegistrationToken token : List.of(expired, exhausted, revoked)) {
        UserRegistration changed =
            store.write(repo -> repo.userRegistrations().setRegistrationToken(registration, token));

        assertThat(changed.registrationTokenId()).contains(token.id());
      }
    }

    @Test
    void countsNoUse() {
      UserRegistration registration = signUps.registration();
      UserRegistrationToken token = signUps.token();

      store.run(repo -> repo.userRegistrations().setRegistrationToken(registration, token));

      Optional<UserRegistrationToken> stored =
          store.read(repo -> repo.userRegistrationTokens().lookup(token.id()));
      assertThat(stored).contains(token);
    }

    @Test
    void doesNotFindARemovedToken() {
      UserRegistration registration = signUps.registration();
      UserRegistrationToken token = signUps.token();
      store.sql("DELETE FROM user_registration_tokens");

      var refusal =
          signUps.refused(
              NotFoundException.class,
              repo -> repo.userRegistrations().setRegistrationToken(registration, token));

      assertThat(refusal.aggregate()).isEqualTo("user_registration_token");
      assertThat(refusal.id()).isEqualTo(token.id());
      assertThat(signUps.stored(registration)).contains(registration);
    }
  }

  @Nested
  class SetUpstreamOAuthAuthorizationSession {
    @Test
    void doesNotFindARemovedOne() {
      UserRegistration registration = signUps.registration();
      UpstreamOAuthAuthorizationSession login = signUps.upstreamSession();
      store.sql("DELETE FROM upstream_oauth_authorization_sessions");

      var refusal =
          signUps.refused(
              NotFoundException.class,
              repo ->
                  repo.userRegistrations()
                      .setUpstreamOAuthAuthorizationSession(registration, login));

      assertThat(refusal.aggregate()).isEqualTo("upstream_oauth_authorization_session");
      assertThat(refusal.id()).isEqualTo(login.id());
      assertThat(signUps.stored(registration)).contains(registration);
    }
  }

  private static UserRegistration add(RepositoryAccess repo, String name) {
    return repo.userRegistrations().add(name, Optional.empty(), Optional.empty(), Optional.empty());
  }
}
