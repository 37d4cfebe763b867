package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.oauth2.Tokens.TTL;
import static dev.authstore.storage.pg.oauth2.Tokens.accessText;
import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.oauth2.OAuth2AccessToken;
import dev.authstore.model.oauth2.OAuth2AccessTokenStage;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.oauth2.OAuth2AccessTokenRepository;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.Race;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class OAuth2AccessTokenRepositoryTest {
  @RegisterExtension final Store store = Store.fresh();

  private final Tokens tokens = new Tokens(store);

  @Nested
  class Find {
    @Test
    void knowsNoOtherId() {
      tokens.grant();

      assertThat(
              store.<Optional<OAuth2AccessToken>>read(
                  repo -> repo.oauth2AccessTokens().lookup(new UUID(0, 1))))
          .isEmpty();
    }

    @Test
    void knowsNoOtherText() {
      tokens.grant();

      assertThat(find(accessText())).isEmpty();
      assertThat(find("")).isEmpty();
      assertThat(find("\u0000")).isEmpty();
      assertThat(find("a".repeat(8193))).isEmpty();
    }

    @Test
    void goesByTextOfAnyForm() {
      OAuth2Session session = tokens.session();
      OAuth2AccessToken token = tokens.access(session, "imported \uD83D\uDE00");

      assertThat(find("imported \uD83D\uDE00")).contains(token);
      assertThat(tokens.stored(token)).isEqualTo(token);
    }

    @Test
    void findsWhatIsOfNoUseAnyMore() {
      Tokens.Grant grant = tokens.grant();
      OAuth2AccessToken revoked =
          store.write(repo -> repo.oauth2AccessTokens().revoke(grant.access()));
      store.clock().advance(Duration.ofDays(1));

      assertThat(find(grant.accessText())).contains(revoked);
    }

    private Optional<OAuth2AccessToken> find(String text) {
      return store.read(repo -> repo.oauth2AccessTokens().findByToken(text));
    }
  }

  @Nested
  class Add {
    @Test
    void issuesAValidToken() {
      OAuth2Session session = tokens.session();

      OAuth2AccessToken token = tokens.access(session, accessText());

      assertThat(token.sessionId()).isEqualTo(session.id());
      assertThat(token.createdAt()).isEqualTo(tokens.now());
      assertThat(token.expiresAt()).contains(tokens.now().plus(TTL));
      assertThat(token.stage()).isEqualTo(new OAuth2AccessTokenStage.Valid());
      assertThat(token.firstUsedAt()).isEmpty();
    }

    @Test
    void lastsUntilItExpires() {
      OAuth2AccessToken token = tokens.access(tokens.session(), accessText());

      Instant end = tokens.now().plus(TTL);

      assertThat(token.isValid(end.minusNanos(1_000))).isTrue();
      assertThat(token.isValid(end)).isFalse();
    }

    @Test
    void lastsForEverIfAsked() {
      OAuth2Session session = tokens.session();

      OAuth2AccessToken token =
          store.write(
              repo -> repo.oauth2AccessTokens().add(session, accessText(), Optional.empty()));

      assertThat(token.isValid(tokens.now().plus(Duration.ofDays(36_500)))).isTrue();
    }

    @Test
    void givesWayToTheSameText() {
      OAuth2Session session = tokens.session();
      OAuth2Session other = tokens.session();
      tokens.access(session, "taken");
      List<String> before = tokens.rows();

      assertThat(store.conflict(repo -> add(repo.oauth2AccessTokens(), other, "taken")))
          .isEqualTo(ConflictKind.TOKEN_TAKEN);
      assertThat(tokens.rows()).isEqualTo(before);
    }

    @Test
    void hasOneWinnerAmongThirtyTwoWithTheSameText() throws Exception {
      OAuth2Session session = tokens.session();
      RepositoryFactory repositories = store.repositories();

      Race.Results<OAuth2AccessToken> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.direct(
                          repo -> add(repo.oauth2AccessTokens(), session, "wanted")));

      assertThat(race.values()).hasSize(1);
      assertThat(race.failures()).hasSize(31).allMatch(ConflictException.class::isInstance);
    }

    @Test
    void refusesAFinishedSession() {
      OAuth2Session session = tokens.session();
      tokens.finish(session);

      assertThat(store.reason(repo -> add(repo.oauth2AccessTokens(), session, "text")))
          .isEqualTo(StateReason.SESSION_FINISHED);
      assertThat(tokens.validAccessTokens()).isEmpty();
    }

    @Test
    void refusesASessionThatIsGone() {
      OAuth2Session session = tokens.session();
      store.sql("DELETE FROM oauth2_sessions");

      assertThat(store.missing(repo -> add(repo.oauth2AccessTokens(), session, "text")))
          .isEqualTo("oauth2_session " + session.id());
    }

    @Test
    void refusesTextThatCannotBeAToken() {
      OAuth2Session session = tokens.session();

      for (String text : List.of("", "\u0000", "\uD83D", "a".repeat(8193))) {
        assertThat(store.refusal(repo -> add(repo.oauth2AccessTokens(), session, text)))
            .isInstanceOf(InvalidInputException.class);
      }
    }

    @Test
    void refusesALifetimeThatIsNone() {
      OAuth2Session session = tokens.session();

      for (Duration lifetime :
          List.of(Duration.ZERO, Duration.ofSeconds(-1), Duration.ofDays(36_501))) {
        assertThat(
                store.refusal(
                    repo -> repo.oauth2AccessTokens().add(session, "text", Optional.of(lifetime))))
            .isInstanceOf(InvalidInputException.class);
      }
    }

    private static OAuth2AccessToken add(
        OAuth2AccessTokenRepository repository, OAuth2Session session, String text) {
      return repository.add(session, text, Optional.empty());
    }
  }

  @Nested
  class Revoke {
    @Test
    void withdrawsTheToken() {
      Tokens.Grant grant = tokens.grant();
      store.clock().advance(Duration.ofMinutes(1));

      OAuth2AccessToken revoked =
          store.write(repo -> repo.oauth2AccessTokens().revoke(grant.access()));

      assertThat(revoked.stage()).isEqualTo(new OAuth2AccessTokenStage.Revoked(tokens.now()));
      assertThat(tokens.stored(grant.access())).isEqualTo(revoked);
    }

    @Test
    void withdrawsAnExpiredToken() {
      Tokens.Grant grant = tokens.grant();
      store.clock().advance(Duration.ofDays(1));

      OAuth2AccessToken revoked =
          store.write(repo -> repo.oauth2AccessTokens().revoke(grant.access()));

      assertThat(revoked.isRevoked()).isTrue();
    }

    @Test
    void happensOnce() {
      Tokens.Grant grant = tokens.grant();
      OAuth2AccessToken revoked =
          store.write(repo -> repo.oauth2AccessTokens().revoke(grant.access()));
      store.clock().advance(Duration.ofMinutes(1));

      assertThat(store.reason(repo -> repo.oauth2AccessTokens().revoke(revoked)))
          .isEqualTo(StateReason.REVOKED);
      assertThat(store.reason(repo -> repo.oauth2AccessTokens().revoke(grant.access())))
          .isEqualTo(StateReason.REVOKED);
      assertThat(tokens.stored(grant.access())).isEqualTo(revoked);
    }

    @Test
    void refusesATokenThatIsGone() {
      Tokens.Grant grant = tokens.grant();
      store.sql("DELETE FROM oauth2_sessions");

      assertThat(store.missing(repo -> repo.oauth2AccessTokens().revoke(grant.access())))
          .isEqualTo("oauth2_access_token " + grant.access().id());
    }

    @Test
    void hasOneWinnerAmongThirtyTwo() throws Exception {
      Tokens.Grant grant = tokens.grant();
      RepositoryFactory repositories = store.repositories();

      Race.Results<OAuth2AccessToken> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.direct(
                          repo -> repo.oauth2AccessTokens().revoke(grant.access())));

      assertThat(race.values()).hasSize(1);
    }
  }

  @Nested
  class MarkUsed {
    @Test
    void keepsTheFirstInstant() {
      Tokens.Grant grant = tokens.grant();
      Instant first = tokens.now();
      OAuth2AccessToken used =
          store.write(repo -> repo.oauth2AccessTokens().markUsed(grant.access()));
      store.clock().advance(Duration.ofMinutes(1));

      OAuth2AccessToken again =
          store.write(repo -> repo.oauth2AccessTokens().markUsed(grant.access()));

      assertThat(used.firstUsedAt()).contains(first);
      assertThat(again).isEqualTo(used);
      assertThat(tokens.stored(grant.access())).isEqualTo(used);
    }

    @Test
    void worksInWhateverState() {
      Tokens.Grant grant = tokens.grant();
      store.run(repo -> repo.oauth2AccessTokens().revoke(grant.access()));
      tokens.finish(grant.session());
      store.clock().advance(Duration.ofDays(1));

      OAuth2AccessToken used =
          store.write(repo -> repo.oauth2AccessTokens().markUsed(grant.access()));

      assertThat(used.firstUsedAt()).contains(tokens.now());
      assertThat(used.isRevoked()).isTrue();
    }

    @Test
    void refusesATokenThatIsGone() {
      Tokens.Grant grant = tokens.grant();
      store.sql("DELETE FROM oauth2_sessions");

      assertThat(store.missing(repo -> repo.oauth2AccessTokens().markUsed(grant.access())))
          .isEqualTo("oauth2_access_token " + grant.access().id());
    }

    @Test
    void tellsThirtyTwoTheSame() throws Exception {
      Tokens.Grant grant = tokens.grant();
      RepositoryFactory repositories = store.repositories();

      Race.Results<Optional<Instant>> race =
          Race.of(32)
              .run(
                  number -> {
                    store.clock().advance(Duration.ofMillis(1));
                    return repositories
                        .<OAuth2AccessToken>direct(
                            repo -> repo.oauth2AccessTokens().markUsed(grant.access()))
                        .firstUsedAt();
                  });

      assertThat(race.failures()).isEmpty();
      assertThat(race.values()).containsOnly(tokens.stored(grant.access()).firstUsedAt());
    }
  }
}
