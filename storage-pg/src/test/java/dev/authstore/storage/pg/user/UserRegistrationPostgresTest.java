package dev.authstore.storage.pg.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.authstore.model.user.UserEmailAuthentication;
import dev.authstore.model.user.UserRegistration;
import dev.authstore.model.user.UserRegistrationToken;
import dev.authstore.storage.InvalidDataException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.StorageObserver;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.MutableClock;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UserRegistrationPostgresTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final SignUps signUps = new SignUps(store);

  @Nested
  class CorruptRows {
    @ParameterizedTest
    @CsvSource({
      "terms_url, '''not a url''', terms_url",
      "hashed_password, '''hash''', hashed_password",
      "password_version, 1, hashed_password",
      "'(hashed_password, password_version)', '(''hash'', -1)', password_version",
      "'(hashed_password, password_version)', '(''hash'', 65536)', password_version",
      "ip_address, '''10.0.0.0/8''', ip_address",
    })
    void areNamed(String columns, String values, String named) {
      UserRegistration registration = signUps.registration();
      store.sql("ALTER TABLE user_registrations DROP CONSTRAINT user_registrations_password_check");
      store.sql("UPDATE user_registrations SET " + columns + " = " + values);

      InvalidDataException refusal =
          store.write(
              repo -> {
                var caught =
                    catchThrowableOfType(
                        InvalidDataException.class,
                        () -> repo.userRegistrations().lookup(registration.id()));
                assertThat(repo.users().exists("still usable")).isFalse();
                return caught;
              });

      assertThat(refusal.table()).isEqualTo("user_registrations");
      assertThat(refusal.column()).isEqualTo(named);
      assertThat(refusal.id()).contains(registration.id());
      assertThat(refusal).hasStackTraceContaining(named);
    }

    @Test
    void doNotPrintWhatTheyHold() {
      UserRegistration registration = signUps.registration();
      store.sql("UPDATE user_registrations SET terms_url = 'canary canary'");

      var refusal =
          catchThrowableOfType(
              InvalidDataException.class,
              () -> store.read(repo -> repo.userRegistrations().lookup(registration.id())));

      assertThat(refusal.getMessage()).doesNotContain("canary");
      assertThat(String.valueOf(refusal.getCause())).doesNotContain("canary");
    }
  }

  @Nested
  class Parts {
    @Test
    void thatAreBeingRemovedAreWaitedFor() throws SQLException {
      UserRegistration registration = signUps.registration();
      UserEmailAuthentication authentication = signUps.authentication(registration);
      try (Connection removal = deleting("user_email_authentications")) {
        Future<UserRegistration> attach =
            store.start(
                repo ->
                    repo.userRegistrations().setEmailAuthentication(registration, authentication));
        store.awaitBlocked(1);

        removal.commit();

        assertGone(attach);
      }
    }

    @Test
    void thatWereNotRemovedAfterAllAreAttached() throws SQLException {
      UserRegistration registration = signUps.registration();
      UserRegistrationToken token = signUps.token();
      try (Connection removal = deleting("user_registration_tokens")) {
        Future<UserRegistration> attach =
            store.start(repo -> repo.userRegistrations().setRegistrationToken(registration, token));
        store.awaitBlocked(1);

        removal.rollback();

        assertThat(attach).succeedsWithin(PATIENCE);
      }
    }

    @Test
    void ofASignUpThatIsBeingRemovedAreNotAttached() throws SQLException {
      UserRegistration registration = signUps.registration();
      UserRegistrationToken token = signUps.token();
      try (Connection removal = deleting("user_registrations")) {
        Future<UserRegistration> attach =
            store.start(repo -> repo.userRegistrations().setRegistrationToken(registration, token));
        store.awaitBlocked(1);

        removal.commit();

        assertGone(attach);
      }
    }

    @Test
    void areNotWaitedForBySimplerSteps() {
      UserRegistration registration = signUps.registration();
      UserRegistrationToken token = signUps.token();
      var use = store.hold(repo -> repo.userRegistrationTokens().useToken(token));

      UserRegistration attached =
          store.write(repo -> repo.userRegistrations().setRegistrationToken(registration, token));
      use.save();

      assertThat(attached.registrationTokenId()).contains(token.id());
    }

    private Connection deleting(String table) throws SQLException {
      Connection connection = store.dataSource().getConnection();
      connection.setSchema(store.schema());
      connection.setAutoCommit(false);
      try (Statement statement = connection.createStatement()) {
        statement.executeUpdate("DELETE FROM " + table);
      }
      return connection;
    }

    private void assertGone(Future<UserRegistration> change) {
      assertThat(change)
          .failsWithin(PATIENCE)
          .withThrowableOfType(ExecutionException.class)
          .withCauseInstanceOf(NotFoundException.class);
      assertThat(store.statements()).noneMatch(statement -> statement.sqlState().isPresent());
    }
  }

  @Nested
  class Plans {
    @Test
    void ofErasingPasswordsGoByTheIndexOfPasswords() {
      store.sql(
          """
          INSERT INTO user_registrations (id, username, created_at, hashed_password, password_version)
          SELECT lpad(to_hex(n), 32, '0')::uuid, 'john', '2022-01-01T00:00:00Z',
            CASE WHEN n % 1000 = 0 THEN 'hash' END, CASE WHEN n % 1000 = 0 THEN 1 END
          FROM generate_series(1, 100000) n
          """);
      store.sql("ANALYZE user_registrations");
      store.statements();
      store.run(
          repo ->
              repo.userRegistrations()
                  .erasePasswords(signUps.now().minus(UserRegistration.LIFETIME), 10));
      StorageObserver.Statement sent = store.statements().get(0);

      List<String> plan =
          store.select("EXPLAIN " + sent.sql(), new UUID(0x017E_0000_0000_7000L, 0), 10);

      assertThat(plan).anyMatch(line -> line.contains("user_registrations_password_idx"));
    }
  }
}
