package dev.authstore.storage.pg.user;

import static dev.authstore.storage.pg.user.EmailProofs.VALIDITY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.authstore.model.Ids;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSession;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.UserEmailAuthentication;
import dev.authstore.model.user.UserEmailAuthenticationCode;
import dev.authstore.model.user.UserRegistration;
import dev.authstore.storage.InvalidDataException;
import dev.authstore.storage.KeyRing;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StorageLimits;
import dev.authstore.storage.StorageObserver;
import dev.authstore.storage.StorageSettings;
import dev.authstore.storage.pg.Authstore;
import dev.authstore.storage.pg.Counters;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.user.CodeAttempt;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class UserEmailAuthenticationPostgresTest {
  private static final KeyRing KEYS =
      KeyRing.empty()
          .with(
              KeyRing.Purpose.CODE,
              HexFormat.of()
                  .parseHex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"));

  @RegisterExtension final Store store = Store.fresh();

  private final EmailProofs proofs = new EmailProofs(store);

  @Nested
  class StoredCodes {
    @Test
    void areTheDigestWithTheKey() {
      UserEmailAuthentication authentication = proofs.begun();

      code(with(store.settings().keys(KEYS)), authentication);

      assertThat(digests())
          .containsExactly(hex(EmailCodeDigest.of(KEYS, authentication.id(), "123456").toBytes()));
    }

    @Test
    void areTheDigestWithoutAKey() {
      UserEmailAuthentication authentication = proofs.begun();

      code(store.repositories(), authentication);

      assertThat(digests())
          .containsExactly(
              hex(EmailCodeDigest.of(KeyRing.empty(), authentication.id(), "123456").toBytes()));
    }

    @Test
    void differForTheSameCodeOfTwoAuthentications() {
      proofs.code(proofs.begun(), "123456");
      proofs.code(proofs.begun(), "123456");

      assertThat(digests()).hasSize(2).doesNotHaveDuplicates();
    }

    @Test
    void doNotContainTheCode() {
      String code = "a code of letters";
      proofs.code(proofs.begun(), code);

      List<String> rows =
          store.select(
              """
              SELECT c::text FROM user_email_authentication_codes c
              UNION ALL SELECT a::text FROM user_email_authentications a
              """);

      assertThat(rows).hasSize(2).noneMatch(row -> row.contains(code));
      assertThat(rows).noneMatch(row -> row.contains(hex(code.getBytes(StandardCharsets.UTF_8))));
    }

    @Test
    void areNotFoundWithAnotherKey() {
      UserEmailAuthentication authentication = proofs.begun();
      code(with(store.settings().keys(KEYS)), authentication);

      Optional<UserEmailAuthenticationCode> found = proofs.find(authentication, "123456");

      assertThat(found).isEmpty();
    }

    @Test
    void completeWithTheKeyTheyWereMadeWith() {
      UserEmailAuthentication authentication = proofs.begun();
      RepositoryFactory repositories = with(store.settings().keys(KEYS));
      UserEmailAuthenticationCode code = code(repositories, authentication);

      CodeAttempt attempt =
          repositories.call(
              repo -> repo.userEmails().tryAuthenticationCode(authentication, "123456"));

      assertThat(attempt).isEqualTo(new CodeAttempt.Matched(code));
      assertThat(proofs.complete(authentication, code).isCompleted()).isTrue();
    }

    private UserEmailAuthenticationCode code(
        RepositoryFactory repositories, UserEmailAuthentication authentication) {
      return repositories.call(
          repo -> repo.userEmails().addAuthenticationCode(authentication, "123456", VALIDITY));
    }

    private List<String> digests() {
      return store.select("SELECT encode(digest, 'hex') FROM user_email_authentication_codes");
    }

    private static String hex(byte[] bytes) {
      return HexFormat.of().formatHex(bytes);
    }
  }

  @Nested
  class Limits {
    @Test
    void areThoseOfTheFactory() {
      UserEmailAuthentication authentication = proofs.begun();
      RepositoryFactory strict = allowing(2);

      List<CodeAttempt> attempts =
          List.of(
              attempt(strict, authentication),
              attempt(strict, authentication),
              attempt(strict, authentication));

      assertThat(attempts)
          .containsExactly(
              new CodeAttempt.Wrong(1), new CodeAttempt.Wrong(0), new CodeAttempt.Exhausted());
    }

    @Test
    void killWhatHasBegunWhenTheyAreLowered() {
      UserEmailAuthentication authentication = proofs.begun();
      proofs.fail(authentication, 5);

      CodeAttempt attempt = attempt(allowing(3), authentication);

      assertThat(attempt).isEqualTo(new CodeAttempt.Exhausted());
    }

    @Test
    void reviveWhatWasDeadWhenTheyAreRaised() {
      UserEmailAuthentication authentication = proofs.dead();

      CodeAttempt attempt = attempt(allowing(12), authentication);

      assertThat(attempt).isEqualTo(new CodeAttempt.Wrong(1));
    }

    private RepositoryFactory allowing(int attempts) {
      return with(store.settings().limits(StorageLimits.defaults().emailCodeAttempts(attempts)));
    }

    private CodeAttempt attempt(
        RepositoryFactory repositories, UserEmailAuthentication authentication) {
      return repositories.call(
          repo -> repo.userEmails().tryAuthenticationCode(authentication, "wrong"));
    }
  }

  @Nested
  class CorruptRows {
    @Test
    void nameAnAuthenticationWithoutOrigin() {
      UserEmailAuthentication authentication = proofs.begun();
      dropConstraint();
      store.sql("UPDATE user_email_authentications SET browser_session_id = NULL");

      InvalidDataException refusal = invalidData(authentication);

      assertThat(refusal.table()).isEqualTo("user_email_authentications");
      assertThat(refusal.column()).isEqualTo("user_registration_id");
      assertThat(refusal.id()).contains(authentication.id());
    }

    @Test
    void nameAnAuthenticationWithTwoOrigins() {
      UserEmailAuthentication authentication = proofs.begun();
      UserRegistration registration = proofs.registration();
      dropConstraint();
      store.sql(
          "UPDATE user_email_authentications SET user_registration_id = ?", registration.id());

      InvalidDataException refusal = invalidData(authentication);

      assertThat(refusal.id()).contains(authentication.id());
    }

    private void dropConstraint() {
      store.sql(
          "ALTER TABLE user_email_authentications DROP CONSTRAINT user_email_authentications_origin_check");
    }

    private InvalidDataException invalidData(UserEmailAuthentication authentication) {
      return store.write(
          repo -> {
            InvalidDataException refusal =
                catchThrowableOfType(
                    InvalidDataException.class,
                    () -> repo.userEmails().lookupAuthentication(authentication.id()));
            assertThat(refusal).isInstanceOf(InvalidDataException.class);
            assertThat(repo.users().exists("still usable")).isFalse();
            return refusal;
          });
    }
  }

  @Nested
  class Statements {
    @Test
    void areOneForARefusal() {
      UserEmailAuthentication completed = proofs.completed();
      UserEmailAuthentication dead = proofs.dead();
      UpstreamOAuthAuthorizationSession upstream = proofs.upstreamSession();
      store.statements();

      proofs.reason(repo -> repo.userEmails().addAuthenticationCode(completed, "123456", VALIDITY));
      proofs.reason(repo -> repo.userEmails().completeAuthenticationWithUpstream(dead, upstream));
      proofs.attempt(completed, "123456");
      proofs.attempt(dead, "123456");

      assertThat(store.statements())
          .extracting(StorageObserver.Statement::operation)
          .filteredOn(operation -> operation.startsWith("user_email."))
          .containsExactly(
              "user_email.add_authentication_code",
              "user_email.complete_authentication_with_upstream",
              "user_email.try_authentication_code",
              "user_email.try_authentication_code");
    }
  }

  /** Counted by the server while the operations run, so these are the plans with real values. */
  @Nested
  class SequentialScans {
    @Test
    void areNotNeeded() {
      BrowserSession session = proofs.session();
      UserRegistration registration = proofs.registration();
      UpstreamOAuthAuthorizationSession upstream = proofs.upstreamSession();
      insertHundredThousandAuthentications(session);
      UserEmailAuthentication one = proofs.begun(session);
      UserEmailAuthentication other = proofs.begun(registration);
      UserEmailAuthenticationCode code = proofs.code(one, "123456");
      Map<String, Consumer<RepositoryAccess>> operations = new LinkedHashMap<>();
      operations.put("lookup", repo -> repo.userEmails().lookupAuthentication(one.id()));
      operations.put("find", repo -> repo.userEmails().findAuthenticationCode(one, "123456"));
      operations.put(
          "add for session", repo -> repo.userEmails().addAuthenticationForSession(session, "a@b"));
      operations.put(
          "add code", repo -> repo.userEmails().addAuthenticationCode(one, "654321", VALIDITY));
      operations.put("right code", repo -> repo.userEmails().tryAuthenticationCode(one, "123456"));
      operations.put("wrong code", repo -> repo.userEmails().tryAuthenticationCode(one, "wrong"));
      operations.put(
          "complete with code",
          repo -> repo.userEmails().completeAuthenticationWithCode(one, code));
      operations.put(
          "complete with upstream",
          repo -> repo.userEmails().completeAuthenticationWithUpstream(other, upstream));
      operations.put(
          "cleanup",
          repo ->
              repo.userEmails()
                  .cleanupAuthentications(Optional.empty(), Ids.maxAt(proofs.now()), 1000));

      List<String> scanning = new ArrayList<>();
      operations.forEach(
          (name, operation) -> {
            long before = sequentialScans();
            store.run(operation);
            if (sequentialScans() > before) {
              scanning.add(name);
            }
          });

      assertThat(scanning).isEmpty();
    }

    private void insertHundredThousandAuthentications(BrowserSession session) {
      store.sql(
          """
          INSERT INTO user_email_authentications (id, browser_session_id, email, created_at)
          SELECT lpad(to_hex(number), 32, '0')::uuid, ?, 'john@example.com', now()
          FROM generate_series(1, 100000) AS number
          """,
          session.id());
      store.sql(
          """
          INSERT INTO user_email_authentication_codes (id, authentication_id, digest, created_at, expires_at)
          SELECT id, id, sha256(uuid_send(id)), created_at, created_at + interval '5 minutes'
          FROM user_email_authentications
          """);
      store.sql("ANALYZE user_email_authentications, user_email_authentication_codes");
    }

    /** Those of the two tables so far. */
    private long sequentialScans() {
      return Counters.read(
          store,
          """
          SELECT sum(seq_scan) FROM pg_stat_user_tables
          WHERE relname IN ('user_email_authentications', 'user_email_authentication_codes')
          """);
    }
  }

  private RepositoryFactory with(StorageSettings settings) {
    return Authstore.using(store.dataSource(), store.schema(), settings).repositories();
  }
}
