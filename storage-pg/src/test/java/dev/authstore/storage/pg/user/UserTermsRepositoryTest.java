package dev.authstore.storage.pg.user;

import static java.time.Duration.ofDays;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.authstore.model.user.AcceptedTerms;
import dev.authstore.model.user.User;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.Race;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UserTermsRepositoryTest {
  private static final URI TERMS = URI.create("https://example.com/terms");

  @RegisterExtension final Store store = Store.fresh();

  @Nested
  class AcceptTerms {
    @Test
    void keepsTheFirstInstant() {
      User john = user("john");
      Instant first = store.clock().instant();
      accept(john, TERMS);
      store.clock().advance(ofDays(1));

      accept(john, TERMS);
      accept(john, URI.create(TERMS + "?v=2"));

      assertThat(all(john))
          .extracting(AcceptedTerms::termsUrl, AcceptedTerms::createdAt)
          .containsExactly(
              tuple(TERMS, first), tuple(URI.create(TERMS + "?v=2"), store.clock().instant()));
    }

    @Test
    void isOfOneAccount() {
      User john = user("john");
      User jim = user("jim");

      accept(john, TERMS);
      accept(jim, TERMS);

      assertThat(all(john)).hasSize(1);
      assertThat(all(jim)).hasSize(1).extracting(AcceptedTerms::userId).containsExactly(jim.id());
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "https://bücher.example/ägb",
          "https://example.com/%7Ejohn/%C3%A4",
          "HTTPS://EXAMPLE.com/terms/",
          "urn:terms:1"
        })
    void keepsTheAddressAsItIs(String url) {
      User john = user("john");

      accept(john, URI.create(url));

      assertThat(all(john)).extracting(AcceptedTerms::termsUrl).containsExactly(URI.create(url));
      assertThat(store.select("SELECT terms_url FROM user_terms")).containsExactly(url);
    }

    @Test
    void refusesAnAccountThatIsGone() {
      User john = user("john");
      store.sql("DELETE FROM users");

      String missing = store.missing(repo -> repo.userTerms().acceptTerms(john, TERMS));

      assertThat(missing).isEqualTo("user " + john.id());
    }

    @Test
    void refusesAnAddressThatIsNone() {
      User john = user("john");
      String host = "https://example.com/";

      for (URI url :
          List.of(
              URI.create("/terms"),
              URI.create(""),
              URI.create(host + "a".repeat(2001 - host.length())))) {
        assertThat(store.refusal(repo -> repo.userTerms().acceptTerms(john, url)))
            .isInstanceOf(InvalidInputException.class);
      }
      assertThat(all(john)).isEmpty();
    }

    @Test
    void acceptsTheLongestAddress() {
      User john = user("john");
      String host = "https://example.com/";
      URI url = URI.create(host + "a".repeat(2000 - host.length()));

      accept(john, url);

      assertThat(all(john)).extracting(AcceptedTerms::termsUrl).containsExactly(url);
    }

    @Test
    void racesToOneRow() throws Exception {
      User john = user("john");
      RepositoryFactory repositories = store.repositories();

      Race.Results<Boolean> race =
          Race.of(10)
              .run(
                  number -> {
                    repositories.run(repo -> repo.userTerms().acceptTerms(john, TERMS));
                    return true;
                  });

      assertThat(race.failures()).isEmpty();
      assertThat(all(john)).hasSize(1);
    }
  }

  @Nested
  class HasAccepted {
    @Test
    void goesByTheExactText() {
      User john = user("john");
      User jim = user("jim");
      accept(john, TERMS);

      assertThat(hasAccepted(john, TERMS)).isTrue();
      assertThat(hasAccepted(john, URI.create(TERMS + "/"))).isFalse();
      assertThat(hasAccepted(john, URI.create("/terms"))).isFalse();
      assertThat(hasAccepted(john, URI.create(TERMS + "?" + "a".repeat(2000)))).isFalse();
      assertThat(hasAccepted(jim, TERMS)).isFalse();
    }
  }

  private User user(String name) {
    return store.write(repo -> repo.users().add(name));
  }

  private void accept(User user, URI url) {
    store.run(repo -> repo.userTerms().acceptTerms(user, url));
  }

  private boolean hasAccepted(User user, URI url) {
    return store.read(repo -> repo.userTerms().hasAccepted(user, url));
  }

  private List<AcceptedTerms> all(User user) {
    return store.read(repo -> repo.userTerms().all(user));
  }
}
