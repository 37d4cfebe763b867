package dev.authstore.storage.pg.user;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.user.UserRegistrationToken;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.user.UserRegistrationTokenFilter;
import dev.authstore.testing.MutableClock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How tokens are found. */
class UserRegistrationTokenRepositoryTest {
  private static final UserRegistrationTokenFilter ALL = UserRegistrationTokenFilter.all();
  private static final Duration MICROSECOND = Duration.of(1, ChronoUnit.MICROS);

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  @Nested
  class Lookup {
    @Test
    void isEmptyIfThereIsNoSuchToken() {
      Optional<UserRegistrationToken> found = lookup(new UUID(1, 2));

      assertThat(found).isEmpty();
    }
  }

  @Nested
  class FindByToken {
    @Test
    void findsTheTokenOfThatText() {
      UserRegistrationToken token = token("Abc123");
      token("other");

      Optional<UserRegistrationToken> found = findByToken("Abc123");

      assertThat(found).contains(token);
    }

    @Test
    void findsTokensThatAreNotValid() {
      UserRegistrationToken revoked = revoked(token("revoked"));
      UserRegistrationToken expired = token("expired", Optional.empty(), Optional.of(now()));
      UserRegistrationToken exhausted = token("exhausted", Optional.of(0), Optional.empty());

      assertThat(findByToken("revoked")).contains(revoked);
      assertThat(findByToken("expired")).contains(expired);
      assertThat(findByToken("exhausted")).contains(exhausted);
    }

    @ParameterizedTest
    @ValueSource(strings = {"abc123", "ABC123", " Abc123", "Abc123 ", "Abc12", "Abc12_", "%"})
    void findsTheExactTextOnly(String text) {
      token("Abc123");

      Optional<UserRegistrationToken> found = findByToken(text);

      assertThat(found).isEmpty();
    }

    @ParameterizedTest
    @MethodSource(
        "dev.authstore.storage.pg.user.UserRegistrationTokenChangesRepositoryTest#impossibleTokens")
    void asksNothingForTextThatCannotBeStored(String text) {
      token("Abc123");
      store.statements();

      Optional<UserRegistrationToken> found = findByToken(text);

      assertThat(found).isEmpty();
      assertThat(store.statements()).isEmpty();
    }
  }

  @Nested
  class Filter {
    @Test
    void tellsTheFourKindsApart() {
      UserRegistrationToken plain = token("plain");
      UserRegistrationToken used = used(token("used"));
      UserRegistrationToken expired = token("expired", Optional.empty(), Optional.of(now()));
      UserRegistrationToken revoked = revoked(token("revoked"));

      assertThat(matching(ALL)).containsExactly(plain, used, expired, revoked);
      assertThat(matching(ALL.beenUsed(true))).containsExactly(used);
      assertThat(matching(ALL.beenUsed(false))).containsExactly(plain, expired, revoked);
      assertThat(matching(ALL.expired(true))).containsExactly(expired);
      assertThat(matching(ALL.expired(false))).containsExactly(plain, used, revoked);
      assertThat(matching(ALL.revoked(true))).containsExactly(revoked);
      assertThat(matching(ALL.revoked(false))).containsExactly(plain, used, expired);
      assertThat(matching(ALL.valid(true))).containsExactly(plain, used);
      assertThat(matching(ALL.valid(false))).containsExactly(expired, revoked);
      assertThat(matching(ALL.beenUsed(false).revoked(true))).containsExactly(revoked);
    }

    @Test
    void isCutIntoPages() {
      token("one");
      token("two");
      token("three");

      Page<UserRegistrationToken> page = list(ALL, Pagination.first(2));

      assertThat(page.edges()).hasSize(2);
      assertThat(page.hasNextPage()).isTrue();
    }

    @Test
    void asksTheClockUnlessTold() {
      UserRegistrationToken token =
          token("token", Optional.empty(), Optional.of(now().plusSeconds(60)));

      assertThat(matching(ALL.expired(false))).containsExactly(token);
      assertThat(matching(ALL.expired(true).at(now().plusSeconds(60)))).containsExactly(token);

      store.clock().advance(Duration.ofSeconds(60));

      assertThat(matching(ALL.expired(true))).containsExactly(token);
      assertThat(matching(ALL.expired(false).at(now().minusSeconds(1)))).containsExactly(token);
    }

    @Test
    void endsTheTimeOfATokenAtTheVeryInstant() {
      Instant end = now().plusSeconds(60);
      token("token", Optional.empty(), Optional.of(end));

      assertThat(matching(ALL.expired(true).at(end.minus(MICROSECOND)))).isEmpty();
      assertThat(matching(ALL.valid(true).at(end.minus(MICROSECOND)))).hasSize(1);
      assertThat(matching(ALL.expired(true).at(end))).hasSize(1);
      assertThat(matching(ALL.valid(true).at(end))).isEmpty();
    }

    /** Every combination of revoked, expiry, limit and uses, asked around every boundary. */
    @Test
    void callsValidWhatTheRecordCallsValid() {
      Instant middle = now();
      insertEveryCombination(middle);
      List<UserRegistrationToken> all = matching(ALL);
      assertThat(all).hasSize(2 * 4 * 5 * 3);

      for (Duration offset : List.of(MICROSECOND.negated(), Duration.ZERO, MICROSECOND)) {
        Instant at = middle.plus(offset);
        List<UserRegistrationToken> valid = all.stream().filter(t -> t.isValid(at)).toList();
        List<UserRegistrationToken> invalid = all.stream().filter(t -> !t.isValid(at)).toList();

        assertThat(valid).isNotEmpty();
        assertThat(matching(ALL.valid(true).at(at))).isEqualTo(valid);
        assertThat(matching(ALL.valid(false).at(at))).isEqualTo(invalid);
      }
    }

    private void insertEveryCombination(Instant middle) {
      store.sql(
          """
          INSERT INTO user_registration_tokens
            (id, token, usage_limit, times_used, created_at, expires_at, revoked_at)
          SELECT gen_random_uuid(), gen_random_uuid()::text, usage_limit, times_used, middle,
            middle + expiry * interval '1 microsecond', revoked_at
          FROM (SELECT ?::timestamptz AS middle) AS instant,
            (VALUES (NULL), (0), (1), (2), (2147483647)) AS limits (usage_limit),
            (VALUES (0), (1), (2)) AS uses (times_used),
            (VALUES (NULL), (-1), (0), (1)) AS expiries (expiry),
            (VALUES (NULL), (timestamptz '2022-01-01T00:00:00Z')) AS revocations (revoked_at)
          """,
          middle.toString());
    }
  }

  private Instant now() {
    return store.now();
  }

  private UserRegistrationToken token(String text) {
    return token(text, Optional.empty(), Optional.empty());
  }

  private UserRegistrationToken token(
      String text, Optional<Integer> usageLimit, Optional<Instant> expiresAt) {
    store.clock().advance(Duration.ofMillis(1));
    return store.write(repo -> repo.userRegistrationTokens().add(text, usageLimit, expiresAt));
  }

  private UserRegistrationToken used(UserRegistrationToken token) {
    return store.write(repo -> repo.userRegistrationTokens().useToken(token));
  }

  private UserRegistrationToken revoked(UserRegistrationToken token) {
    return store.write(repo -> repo.userRegistrationTokens().revoke(token));
  }

  private Optional<UserRegistrationToken> lookup(UUID id) {
    return store.read(repo -> repo.userRegistrationTokens().lookup(id));
  }

  private Optional<UserRegistrationToken> findByToken(String text) {
    return store.read(repo -> repo.userRegistrationTokens().findByToken(text));
  }

  private Page<UserRegistrationToken> list(
      UserRegistrationTokenFilter filter, Pagination pagination) {
    return store.read(repo -> repo.userRegistrationTokens().list(filter, pagination));
  }

  /** What a filter selects, which must be as many as it counts. */
  private List<UserRegistrationToken> matching(UserRegistrationTokenFilter filter) {
    List<UserRegistrationToken> found = list(filter, Pagination.first(1000)).nodes();
    long count = store.<Long>read(repo -> repo.userRegistrationTokens().count(filter));
    assertThat(count).isEqualTo(found.size());
    return found;
  }
}
