package dev.authstore.storage.pg.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.authstore.model.user.UserRegistrationToken;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.user.UserRegistrationTokenChanges;
import dev.authstore.storage.user.UserRegistrationTokenFilter;
import dev.authstore.testing.MutableClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What administrators do with tokens. */
class UserRegistrationTokenChangesRepositoryTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final UserRegistrationTokenFilter ALL = UserRegistrationTokenFilter.all();
  private static final Instant TOO_LATE = Instant.parse("+10000-01-01T00:00:00Z");
  private static final Instant TOO_EARLY = Instant.parse("0000-12-31T23:59:59Z");

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  @Nested
  class Add {
    @Test
    void storesWhatItWasGiven() {
      Instant end = Instant.parse("2022-02-01T00:00:00.123456789Z");

      UserRegistrationToken added = token("Abc123", Optional.of(5), Optional.of(end));

      assertThat(added)
          .isEqualTo(
              new UserRegistrationToken(
                  added.id(),
                  "Abc123",
                  Optional.of(5),
                  0,
                  now(),
                  Optional.empty(),
                  Optional.of(end.truncatedTo(ChronoUnit.MICROS)),
                  Optional.empty()));
      assertThat(stored(added)).contains(added);
    }

    @Test
    void limitsNothingUnlessTold() {
      UserRegistrationToken added = token("Abc123");

      assertThat(added.usageLimit()).isEmpty();
      assertThat(added.expiresAt()).isEmpty();
      assertThat(stored(added)).contains(added);
    }

    @Test
    void acceptsAnEndInThePast() {
      UserRegistrationToken added =
          token("Abc123", Optional.empty(), Optional.of(now().minusSeconds(60)));

      assertThat(added.isValid(now())).isFalse();
      assertThat(stored(added)).contains(added);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, Integer.MAX_VALUE})
    void acceptsTheLimitsOfTheLimit(int limit) {
      UserRegistrationToken added = token("Abc123", Optional.of(limit), Optional.empty());

      assertThat(stored(added).flatMap(UserRegistrationToken::usageLimit)).contains(limit);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "é", "😀"})
    void acceptsTheLongestText(String letter) {
      String text = letter.repeat(255 / letter.getBytes(StandardCharsets.UTF_8).length);

      UserRegistrationToken added = token(text);

      assertThat(stored(added).map(UserRegistrationToken::token)).contains(text);
    }

    @Test
    void tellsSpellingsApart() {
      token("Abc123");

      token("ABC123");

      assertThat(count()).isEqualTo(2);
    }

    @Test
    void refusesATextThatIsTaken() {
      UserRegistrationToken token = token("Abc123");

      var refusal = refused(ConflictException.class, repo -> add(repo, "Abc123"));

      assertThat(refusal.kind()).isEqualTo(ConflictKind.REGISTRATION_TOKEN_TAKEN);
      assertThat(stored(token)).contains(token);
      assertThat(count()).isOne();
    }

    @Test
    void refusesATextThatARevokedTokenHas() {
      UserRegistrationToken token = revoked(token("Abc123"));

      var refusal = refused(ConflictException.class, repo -> add(repo, "Abc123"));

      assertThat(refusal.kind()).isEqualTo(ConflictKind.REGISTRATION_TOKEN_TAKEN);
      assertThat(stored(token)).contains(token);
    }

    @ParameterizedTest
    @MethodSource(
        "dev.authstore.storage.pg.user.UserRegistrationTokenChangesRepositoryTest#impossibleTokens")
    void refusesATextThatCannotBeStored(String text) {
      var refusal = refused(InvalidInputException.class, repo -> add(repo, text));

      assertThat(refusal).hasMessageContaining("registration token");
      assertThat(count()).isZero();
    }

    @Test
    void refusesALimitBelowNothing() {
      var refusal =
          refused(
              InvalidInputException.class,
              repo -> repo.userRegistrationTokens().add("a", Optional.of(-1), Optional.empty()));

      assertThat(refusal).hasMessageContaining("usage limit");
      assertThat(count()).isZero();
    }

    @Test
    void refusesAnEndThatCannotBeStored() {
      for (Instant end : List.of(TOO_EARLY, TOO_LATE, Instant.MIN, Instant.MAX)) {
        var refusal =
            refused(
                InvalidInputException.class,
                repo -> repo.userRegistrationTokens().add("a", Optional.empty(), Optional.of(end)));

        assertThat(refusal).hasMessageContaining("expiresAt");
      }
      assertThat(count()).isZero();
    }

    @Test
    void conflictsWithATransactionThatWasFirst() {
      Store.Held<UserRegistrationToken> first = store.hold(repo -> add(repo, "Abc123"));
      tick();
      Future<UserRegistrationToken> second = store.start(repo -> add(repo, "Abc123"));
      store.awaitBlocked(1);

      first.save();

      assertThat(second)
          .failsWithin(PATIENCE)
          .withThrowableOfType(ExecutionException.class)
          .withCauseInstanceOf(ConflictException.class);
      assertThat(count()).isOne();
    }

    @Test
    void succeedsIfTheTransactionThatWasFirstIsCancelled() {
      Store.Held<UserRegistrationToken> first = store.hold(repo -> add(repo, "Abc123"));
      tick();
      Future<UserRegistrationToken> second = store.start(repo -> add(repo, "Abc123"));
      store.awaitBlocked(1);

      first.cancel();

      assertThat(second).succeedsWithin(PATIENCE);
      assertThat(count()).isOne();
    }
  }

  @Nested
  class Revoke {
    @Test
    void setsTheInstant() {
      UserRegistrationToken token = token("Abc123");
      tick();

      UserRegistrationToken revoked = revoked(token);

      assertThat(revoked.revokedAt()).contains(now());
      assertThat(stored(token)).contains(revoked);
    }

    @Test
    void keepsTheFirstInstant() {
      UserRegistrationToken revoked = revoked(token("Abc123"));
      tick();

      UserRegistrationToken again = revoked(revoked);

      assertThat(again).isEqualTo(revoked);
      assertThat(stored(revoked)).contains(revoked);
    }

    @Test
    void refusesAMissingToken() {
      UserRegistrationToken gone = gone();

      var refusal =
          refused(NotFoundException.class, repo -> repo.userRegistrationTokens().revoke(gone));

      assertThat(refusal.aggregate()).isEqualTo("user_registration_token");
      assertThat(refusal.id()).isEqualTo(gone.id());
    }
  }

  @Nested
  class Unrevoke {
    @Test
    void clearsTheInstant() {
      UserRegistrationToken token = token("Abc123");
      revoked(token);

      UserRegistrationToken unrevoked = unrevoked(token);

      assertThat(unrevoked).isEqualTo(token);
      assertThat(store.<Long>read(repo -> repo.userRegistrationTokens().count(ALL.revoked(false))))
          .isOne();
    }

    @Test
    void changesNothingTheSecondTime() {
      UserRegistrationToken token = token("Abc123");
      revoked(token);
      unrevoked(token);

      UserRegistrationToken again = unrevoked(token);

      assertThat(again).isEqualTo(token);
      assertThat(stored(token)).contains(token);
    }

    @Test
    void refusesAMissingToken() {
      UserRegistrationToken gone = gone();

      var refusal =
          refused(NotFoundException.class, repo -> repo.userRegistrationTokens().unrevoke(gone));

      assertThat(refusal.id()).isEqualTo(gone.id());
    }
  }

  @Nested
  class SetExpiry {
    @Test
    void setsMovesAndRemovesTheEnd() {
      UserRegistrationToken token = token("Abc123");
      Instant end = now().minusSeconds(60);

      assertThat(setExpiry(token, Optional.of(end)).expiresAt()).contains(end);
      assertThat(stored(token).flatMap(UserRegistrationToken::expiresAt)).contains(end);
      assertThat(setExpiry(token, Optional.of(end.plusSeconds(1))).expiresAt())
          .contains(end.plusSeconds(1));
      assertThat(setExpiry(token, Optional.empty()).expiresAt()).isEmpty();
      assertThat(stored(token)).contains(token);
    }

    @Test
    void worksOnARevokedToken() {
      UserRegistrationToken revoked = revoked(token("Abc123"));

      UserRegistrationToken changed = setExpiry(revoked, Optional.of(now()));

      assertThat(changed.revokedAt()).isEqualTo(revoked.revokedAt());
      assertThat(changed.expiresAt()).contains(now());
    }

    @Test
    void returnsWhatOthersHaveChangedMeanwhile() {
      UserRegistrationToken token = token("Abc123");
      setUsageLimit(token, Optional.of(7));

      UserRegistrationToken changed = setExpiry(token, Optional.of(now()));

      assertThat(changed.usageLimit()).contains(7);
    }

    @Test
    void refusesAMissingToken() {
      UserRegistrationToken gone = gone();

      var refusal =
          refused(
              NotFoundException.class,
              repo -> repo.userRegistrationTokens().setExpiry(gone, Optional.empty()));

      assertThat(refusal.id()).isEqualTo(gone.id());
    }

    @Test
    void refusesAnEndThatCannotBeStored() {
      UserRegistrationToken token = token("Abc123");

      for (Instant end : List.of(TOO_EARLY, TOO_LATE)) {
        refused(
            InvalidInputException.class,
            repo -> repo.userRegistrationTokens().setExpiry(token, Optional.of(end)));
      }

      assertThat(stored(token)).contains(token);
    }
  }

  @Nested
  class SetUsageLimit {
    @Test
    void setsMovesAndRemovesTheLimit() {
      UserRegistrationToken token = token("Abc123", Optional.of(5), Optional.empty());

      assertThat(setUsageLimit(token, Optional.of(10)).usageLimit()).contains(10);
      assertThat(stored(token).flatMap(UserRegistrationToken::usageLimit)).contains(10);
      assertThat(setUsageLimit(token, Optional.empty()).usageLimit()).isEmpty();
      assertThat(stored(token).flatMap(UserRegistrationToken::usageLimit)).isEmpty();
    }

    @Test
    void mayGoBelowTheUses() {
      UserRegistrationToken token = token("Abc123");
      used(token);
      used(token);

      UserRegistrationToken changed = setUsageLimit(token, Optional.of(1));

      assertThat(changed.timesUsed()).isEqualTo(2);
      assertThat(changed.isValid(now())).isFalse();
      assertThat(stored(token)).contains(changed);
    }

    @Test
    void refusesALimitBelowNothing() {
      UserRegistrationToken token = token("Abc123");

      var refusal =
          refused(
              InvalidInputException.class,
              repo -> repo.userRegistrationTokens().setUsageLimit(token, Optional.of(-1)));

      assertThat(refusal).hasMessageContaining("usage limit");
      assertThat(stored(token)).contains(token);
    }

    @Test
    void refusesAMissingToken() {
      UserRegistrationToken gone = gone();

      var refusal =
          refused(
              NotFoundException.class,
              repo -> repo.userRegistrationTokens().setUsageLimit(gone, Optional.empty()));

      assertThat(refusal.id()).isEqualTo(gone.id());
    }
  }

  @Nested
  class Update {
    private static final UserRegistrationTokenChanges NONE = UserRegistrationTokenChanges.none();

    @Test
    void changesBothAtOnce() {
      UserRegistrationToken token = token("Abc123");

      UserRegistrationToken changed =
          update(token, NONE.expiresAt(Optional.of(now())).usageLimit(Optional.of(3)));

      assertThat(changed.expiresAt()).contains(now());
      assertThat(changed.usageLimit()).contains(3);
      assertThat(stored(token)).contains(changed);
    }

    @Test
    void leavesAloneWhatIsNotGiven() {
      UserRegistrationToken token = token("Abc123", Optional.of(5), Optional.of(now()));

      assertThat(update(token, NONE)).isEqualTo(token);
      assertThat(update(token, NONE.usageLimit(Optional.of(6))).expiresAt())
          .isEqualTo(token.expiresAt());
      assertThat(update(token, NONE.expiresAt(Optional.empty())).usageLimit()).contains(6);
    }

    @Test
    void removesWhatIsGivenAsEmpty() {
      UserRegistrationToken token = token("Abc123", Optional.of(5), Optional.of(now()));

      UserRegistrationToken changed =
          update(token, NONE.expiresAt(Optional.empty()).usageLimit(Optional.empty()));

      assertThat(changed.expiresAt()).isEmpty();
      assertThat(changed.usageLimit()).isEmpty();
      assertThat(stored(token)).contains(changed);
    }

    @Test
    void refusesAMissingToken() {
      UserRegistrationToken gone = gone();

      var refusal =
          refused(
              NotFoundException.class, repo -> repo.userRegistrationTokens().update(gone, NONE));

      assertThat(refusal.id()).isEqualTo(gone.id());
    }

    @Test
    void isNotAskedForWhatCannotBeStored() {
      assertThatThrownBy(() -> NONE.usageLimit(Optional.of(-1)))
          .isInstanceOf(InvalidInputException.class);
      assertThatThrownBy(() -> NONE.expiresAt(Optional.of(TOO_LATE)))
          .isInstanceOf(InvalidInputException.class);
    }
  }

  static List<String> impossibleTokens() {
    return List.of("", "a".repeat(256), "é".repeat(128), "a\u0000b", "a\uD800b", "\uDC00");
  }

  private Instant now() {
    return store.now();
  }

  private UserRegistrationToken token(String text) {
    return token(text, Optional.empty(), Optional.empty());
  }

  private UserRegistrationToken token(
      String text, Optional<Integer> usageLimit, Optional<Instant> expiresAt) {
    tick();
    return store.write(repo -> repo.userRegistrationTokens().add(text, usageLimit, expiresAt));
  }

  private static UserRegistrationToken add(RepositoryAccess repo, String text) {
    return repo.userRegistrationTokens().add(text, Optional.empty(), Optional.empty());
  }

  private UserRegistrationToken gone() {
    UserRegistrationToken token = token("gone");
    store.sql("DELETE FROM user_registration_tokens WHERE id = ?", token.id());
    return token;
  }

  private void used(UserRegistrationToken token) {
    store.run(repo -> repo.userRegistrationTokens().useToken(token));
  }

  private UserRegistrationToken revoked(UserRegistrationToken token) {
    return store.write(repo -> repo.userRegistrationTokens().revoke(token));
  }

  private UserRegistrationToken unrevoked(UserRegistrationToken token) {
    return store.write(repo -> repo.userRegistrationTokens().unrevoke(token));
  }

  private UserRegistrationToken setExpiry(UserRegistrationToken token, Optional<Instant> end) {
    return store.write(repo -> repo.userRegistrationTokens().setExpiry(token, end));
  }

  private UserRegistrationToken setUsageLimit(
      UserRegistrationToken token, Optional<Integer> limit) {
    return store.write(repo -> repo.userRegistrationTokens().setUsageLimit(token, limit));
  }

  private UserRegistrationToken update(
      UserRegistrationToken token, UserRegistrationTokenChanges changes) {
    return store.write(repo -> repo.userRegistrationTokens().update(token, changes));
  }

  private Optional<UserRegistrationToken> stored(UserRegistrationToken token) {
    return store.read(repo -> repo.userRegistrationTokens().lookup(token.id()));
  }

  private long count() {
    return store.<Long>read(repo -> repo.userRegistrationTokens().count(ALL));
  }

  private <E extends StorageException> E refused(Class<E> type, Consumer<RepositoryAccess> work) {
    tick();
    return store.write(
        repo -> {
          E refusal = catchThrowableOfType(type, () -> work.accept(repo));
          assertThat(refusal).isInstanceOf(type);
          assertThat(repo.users().exists("still usable")).isFalse();
          return refusal;
        });
  }

  /** Ids of different units of work differ by their millisecond. */
  private void tick() {
    store.clock().advance(Duration.ofMillis(1));
  }
}
