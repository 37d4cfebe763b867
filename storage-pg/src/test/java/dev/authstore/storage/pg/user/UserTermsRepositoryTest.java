package dev.authstore.storage.pg.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import dev.authstore.model.user.AcceptedTerms;
import dev.authstore.model.user.User;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class UserTermsRepositoryTest {
  private static final URI TERMS = URI.create("https://example.com/terms");
  private static final URI NEW_TERMS = URI.create("https://example.com/terms?v=2");

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  /** What no account can have accepted. */
  static Stream<URI> impossibleUrls() {
    return Stream.of(
        URI.create("/terms"),
        URI.create("//example.com/terms"),
        URI.create(""),
        URI.create(ofBytes(2001)),
        URI.create("https://example.com/\uD800"));
  }

  @Nested
  class AcceptTerms {
    @Test
    void keepsTheFirstInstant() {
      User john = user("john");
      accept(john, TERMS);
      Instant first = now();
      store.clock().advance(Duration.ofDays(1));

      accept(john, TERMS);
      accept(john, NEW_TERMS);

      assertThat(all(john))
          .extracting(AcceptedTerms::termsUrl, AcceptedTerms::createdAt)
          .containsExactly(tuple(TERMS, first), tuple(NEW_TERMS, now()));
    }

    @Test
    void countsForEachUser() {
      User john = user("john");
      User jim = user("jim");

      accept(john, TERMS);
      accept(jim, TERMS);

      assertThat(all(john)).extracting(AcceptedTerms::userId).containsExactly(john.id());
      assertThat(all(jim)).extracting(AcceptedTerms::userId).containsExactly(jim.id());
    }

    @Test
    void refusesAMissingUser() {
      User gone = user("gone");
      store.sql("DELETE FROM users WHERE id = ?", gone.id());

      NotFoundException refusal = refusal(NotFoundException.class, gone, TERMS);

      assertThat(refusal.aggregate()).isEqualTo("user");
      assertThat(refusal.id()).isEqualTo(gone.id());
      assertThat(rows()).isZero();
    }

    @ParameterizedTest
    @MethodSource("dev.authstore.storage.pg.user.UserTermsRepositoryTest#impossibleUrls")
    void refusesUrlsThatAreRelativeOrCannotBeStored(URI url) {
      User john = user("john");

      InvalidInputException refusal = refusal(InvalidInputException.class, john, url);

      assertThat(refusal).hasMessageContaining("terms URL");
      assertThat(refusal.getMessage()).doesNotContain("example");
      assertThat(rows()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "https://bücher.example/bedingungen",
          "https://xn--bcher-kva.example/%C3%A4%2F?a=%20#b",
          "https://example.com/terms/",
          "HTTPS://EXAMPLE.COM/terms",
          "urn:terms:1"
        })
    void storesUrlsAsGiven(String text) {
      User john = user("john");
      URI url = URI.create(text);

      accept(john, url);

      assertThat(all(john))
          .singleElement()
          .satisfies(terms -> assertThat(terms.termsUrl().toString()).isEqualTo(text));
      assertThat(hasAccepted(john, url)).isTrue();
      assertThat(hasAccepted(john, TERMS)).isFalse();
    }

    @Test
    void acceptsTheLongestUrl() {
      User john = user("john");
      URI longest = URI.create(ofBytes(2000));

      accept(john, longest);

      assertThat(hasAccepted(john, longest)).isTrue();
    }

    @Test
    void goesWithTheUser() {
      User john = user("john");
      accept(john, TERMS);

      store.sql("DELETE FROM users WHERE id = ?", john.id());

      assertThat(rows()).isZero();
    }

    @Test
    void waitsForAnotherThatAcceptsTheSame() {
      User john = user("john");
      Store.Held<Boolean> first =
          store.hold(
              repo -> {
                repo.userTerms().acceptTerms(john, TERMS);
                return repo.userTerms().hasAccepted(john, TERMS);
              });
      Future<Boolean> second =
          store.start(
              repo -> {
                repo.userTerms().acceptTerms(john, TERMS);
                return repo.userTerms().hasAccepted(john, TERMS);
              });
      store.awaitBlocked(1);

      first.save();

      assertThat(second).succeedsWithin(Duration.ofSeconds(20)).isEqualTo(true);
      assertThat(all(john)).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 32})
    void leavesOneRowIfManyAcceptAtOnce(int contenders) throws InterruptedException {
      User john = user("john");
      RepositoryFactory repositories = store.repositories();

      Race.Results<Integer> race =
          Race.of(contenders)
              .run(
                  number -> {
                    repositories.run(repo -> repo.userTerms().acceptTerms(john, TERMS));
                    return number;
                  });

      assertThat(race.failures()).isEmpty();
      assertThat(all(john)).hasSize(1);
    }
  }

  @Nested
  class HasAccepted {
    @Test
    void isFalseBefore() {
      User john = user("john");
      accept(user("jim"), TERMS);

      assertThat(hasAccepted(john, TERMS)).isFalse();
    }

    @Test
    void isTrueForTheVeryUrl() {
      User john = user("john");
      accept(john, TERMS);

      assertThat(hasAccepted(john, TERMS)).isTrue();
      assertThat(hasAccepted(john, URI.create("https://example.com/terms/"))).isFalse();
      assertThat(hasAccepted(john, URI.create("HTTPS://EXAMPLE.COM/terms"))).isFalse();
    }

    @ParameterizedTest
    @MethodSource("dev.authstore.storage.pg.user.UserTermsRepositoryTest#impossibleUrls")
    void isFalseAndSendsNothingForUrlsThatCannotBeStored(URI url) {
      User john = user("john");
      store.statements();

      boolean accepted = hasAccepted(john, url);

      assertThat(accepted).isFalse();
      assertThat(store.statements()).isEmpty();
    }
  }

  @Nested
  class All {
    @Test
    void isEmptyForAnUnknownUser() {
      User gone = user("gone");
      store.sql("DELETE FROM users WHERE id = ?", gone.id());

      assertThat(all(gone)).isEmpty();
    }

    @Test
    void comesOldestFirst() {
      User john = user("john");
      accept(john, NEW_TERMS);
      store.clock().advance(Duration.ofHours(-1)); // another server's clock
      accept(john, TERMS);

      List<AcceptedTerms> all = all(john);

      assertThat(all).extracting(AcceptedTerms::termsUrl).containsExactly(TERMS, NEW_TERMS);
    }
  }

  private static String ofBytes(int count) {
    String start = "https://example.com/";
    return start + "t".repeat(count - start.length());
  }

  private Instant now() {
    return store.now();
  }

  private User user(String name) {
    return store.write(repo -> repo.users().add(name));
  }

  private void accept(User user, URI url) {
    store.clock().advance(Duration.ofMillis(1));
    store.run(repo -> repo.userTerms().acceptTerms(user, url));
  }

  private boolean hasAccepted(User user, URI url) {
    return store.read(repo -> repo.userTerms().hasAccepted(user, url));
  }

  private List<AcceptedTerms> all(User user) {
    return store.read(repo -> repo.userTerms().all(user));
  }

  private int rows() {
    return store.select("SELECT id FROM user_terms").size();
  }

  /** Work that is refused; the unit of work must go on, and what it writes afterwards be saved. */
  private <E extends StorageException> E refusal(Class<E> type, User user, URI url) {
    E refusal =
        store.write(
            repo -> {
              E caught = catchThrowableOfType(type, () -> repo.userTerms().acceptTerms(user, url));
              assertThat(caught).isInstanceOf(type);
              repo.users().add("witness");
              return caught;
            });
    assertThat(store.<Boolean>read(repo -> repo.users().exists("witness"))).isTrue();
    return refusal;
  }
}
