package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.oauth2.Tokens.accessText;
import static dev.authstore.storage.pg.oauth2.Tokens.refreshText;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.authstore.model.oauth2.OAuth2AccessToken;
import dev.authstore.model.oauth2.OAuth2RefreshToken;
import dev.authstore.model.oauth2.OAuth2RefreshTokenStage;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.ConstraintViolationException;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.pg.oauth2.Tokens.Grant;
import dev.authstore.testing.Race;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class OAuth2RefreshTokenRepositoryTest {
  @RegisterExtension final Store store = Store.fresh();

  private final Tokens tokens = new Tokens(store);

  @Nested
  class Find {
    @Test
    void knowsNoOtherId() {
      tokens.grant();

      assertThat(
              store.<Optional<OAuth2RefreshToken>>read(
                  repo -> repo.oauth2RefreshTokens().lookup(new UUID(0, 1))))
          .isEmpty();
    }

    @Test
    void knowsNoOtherText() {
      tokens.grant();

      assertThat(find(refreshText())).isEmpty();
      assertThat(find("")).isEmpty();
      assertThat(find("\uD83D")).isEmpty();
    }

    @Test
    void findsATokenInEachStage() {
      Grant grant = tokens.grant();
      assertThat(find(grant.refreshText())).contains(grant.refresh());

      OAuth2RefreshToken consumed = tokens.rotated(grant, Tokens.pair()).previous();
      assertThat(find(grant.refreshText())).contains(consumed);

      Grant other = tokens.grant();
      OAuth2RefreshToken revoked = revoke(other.refresh());
      assertThat(find(other.refreshText())).contains(revoked);
    }

    private Optional<OAuth2RefreshToken> find(String text) {
      return store.read(repo -> repo.oauth2RefreshTokens().findByToken(text));
    }
  }

  @Nested
  class Add {
    @Test
    void issuesAValidToken() {
      OAuth2Session session = tokens.session();
      OAuth2AccessToken access = tokens.access(session, accessText());

      OAuth2RefreshToken refresh = tokens.refresh(session, access);

      assertThat(refresh.sessionId()).isEqualTo(session.id());
      assertThat(refresh.accessTokenId()).contains(access.id());
      assertThat(refresh.createdAt()).isEqualTo(tokens.now());
      assertThat(refresh.stage()).isEqualTo(new OAuth2RefreshTokenStage.Valid());
    }

    @Test
    void givesWayToTheSameText() {
      Grant grant = tokens.grant();
      OAuth2Session session = tokens.session();
      OAuth2AccessToken access = tokens.access(session, accessText());
      List<String> before = tokens.rows();

      ConflictKind taken = store.conflict(repo -> add(repo, session, access, grant.refreshText()));

      assertThat(taken).isEqualTo(ConflictKind.TOKEN_TAKEN);
      assertThat(tokens.rows()).isEqualTo(before);
    }

    @Test
    void refusesTheAccessTokenOfAnotherSession() {
      OAuth2Session session = tokens.session();
      OAuth2AccessToken access = tokens.access(tokens.session(), accessText());

      assertThat(store.refusal(repo -> add(repo, session, access, refreshText())))
          .isInstanceOf(InvalidInputException.class);
    }

    @Test
    void believesTheStoredAccessToken() {
      OAuth2Session session = tokens.session();
      OAuth2AccessToken access = tokens.access(tokens.session(), accessText());
      OAuth2AccessToken forged =
          new OAuth2AccessToken(
              access.id(),
              session.id(),
              access.createdAt(),
              access.expiresAt(),
              access.stage(),
              access.firstUsedAt());

      assertThat(store.reason(repo -> add(repo, session, forged, refreshText())))
          .isEqualTo(StateReason.WRONG_SESSION);
      assertThat(tokens.validRefreshTokens()).isEmpty();
    }

    @Test
    void refusesAFinishedSession() {
      OAuth2Session session = tokens.session();
      OAuth2AccessToken access = tokens.access(session, accessText());
      tokens.finish(session);

      assertThat(store.reason(repo -> add(repo, session, access, refreshText())))
          .isEqualTo(StateReason.SESSION_FINISHED);
      assertThat(tokens.validRefreshTokens()).isEmpty();
    }

    @Test
    void refusesAnAccessTokenThatIsGone() {
      OAuth2Session session = tokens.session();
      OAuth2AccessToken access = tokens.access(session, accessText());
      store.sql("DELETE FROM oauth2_access_tokens");

      assertThat(store.missing(repo -> add(repo, session, access, refreshText())))
          .isEqualTo("oauth2_access_token " + access.id());
    }

    @Test
    void refusesASessionThatIsGone() {
      OAuth2Session session = tokens.session();
      OAuth2AccessToken access = tokens.access(session, accessText());
      store.sql("DELETE FROM oauth2_sessions");

      assertThat(store.missing(repo -> add(repo, session, access, refreshText())))
          .isEqualTo("oauth2_session " + session.id());
    }

    @Test
    void refusesTextThatCannotBeAToken() {
      OAuth2Session session = tokens.session();
      OAuth2AccessToken access = tokens.access(session, accessText());

      for (String text : List.of("", "\u0000", "\uD83D", "a".repeat(8193))) {
        assertThat(store.refusal(repo -> add(repo, session, access, text)))
            .isInstanceOf(InvalidInputException.class);
      }
    }

    @Test
    void ofASecondValidOneIsNotSaved() {
      Grant grant = tokens.grant();
      List<String> before = tokens.rows();

      assertThatThrownBy(
              () -> store.run(repo -> add(repo, grant.session(), grant.access(), refreshText())))
          .isInstanceOfSatisfying(
              ConstraintViolationException.class,
              violation ->
                  assertThat(violation.kind())
                      .isEqualTo(ConstraintViolationException.Kind.EXCLUSION));
      assertThatThrownBy(
              () ->
                  store
                      .repositories()
                      .<OAuth2RefreshToken>direct(
                          repo -> add(repo, grant.session(), grant.access(), refreshText())))
          .isInstanceOf(ConstraintViolationException.class);
      assertThat(tokens.rows()).isEqualTo(before);
    }

    private static OAuth2RefreshToken add(
        RepositoryAccess repo, OAuth2Session session, OAuth2AccessToken access, String text) {
      return repo.oauth2RefreshTokens().add(session, access, text);
    }
  }

  @Nested
  class Consume {
    @Test
    void replacesTheToken() {
      Grant grant = tokens.grant();
      store.clock().advance(Duration.ofMinutes(1));

      OAuth2RefreshToken consumed = store.write(repo -> replaced(repo, grant, grant.refresh()));

      assertThat(consumed.stage()).isInstanceOf(OAuth2RefreshTokenStage.Consumed.class);
      assertThat(((OAuth2RefreshTokenStage.Consumed) consumed.stage()).consumedAt())
          .isEqualTo(tokens.now());
      assertThat(tokens.stored(grant.refresh())).isEqualTo(consumed);
      assertThat(tokens.validRefreshTokens())
          .containsExactly(consumed.nextRefreshTokenId().orElseThrow().toString());
    }

    @Test
    void refusesATokenThatWasUsedMeanwhile() {
      Grant grant = tokens.grant();
      OAuth2RefreshToken consumed = store.write(repo -> replaced(repo, grant, grant.refresh()));
      OAuth2RefreshToken other = revokedToken(grant);

      assertThat(store.reason(repo -> consume(repo, grant.refresh(), other)))
          .isEqualTo(StateReason.CONSUMED);
      assertThat(tokens.stored(grant.refresh())).isEqualTo(consumed);
    }

    @Test
    void refusesAWithdrawnToken() {
      Grant grant = tokens.grant();
      OAuth2RefreshToken revoked = revoke(grant.refresh());
      OAuth2RefreshToken other = revokedToken(grant);

      assertThat(store.reason(repo -> consume(repo, revoked, other)))
          .isEqualTo(StateReason.REVOKED);
      assertThat(store.reason(repo -> consume(repo, grant.refresh(), other)))
          .isEqualTo(StateReason.REVOKED);
      assertThat(tokens.stored(grant.refresh())).isEqualTo(revoked);
    }

    @Test
    void replacesASuccessorThatWasWithdrawn() {
      Grant grant = tokens.grant();
      OAuth2RefreshToken consumed = store.write(repo -> replaced(repo, grant, grant.refresh()));
      revoke(successor(consumed));
      store.clock().advance(Duration.ofMinutes(1));

      OAuth2RefreshToken again = store.write(repo -> replaced(repo, grant, consumed));

      assertThat(again.nextRefreshTokenId())
          .isPresent()
          .isNotEqualTo(consumed.nextRefreshTokenId());
      assertThat(((OAuth2RefreshTokenStage.Consumed) again.stage()).consumedAt())
          .isEqualTo(tokens.now());
      assertThat(tokens.stored(grant.refresh())).isEqualTo(again);
    }

    @Test
    void keepsASuccessorInForce() {
      Grant grant = tokens.grant();
      OAuth2RefreshToken consumed = store.write(repo -> replaced(repo, grant, grant.refresh()));
      OAuth2RefreshToken other = revokedToken(grant);

      assertThat(store.reason(repo -> consume(repo, consumed, other)))
          .isEqualTo(StateReason.SUCCESSOR_VALID);
      assertThat(tokens.stored(grant.refresh())).isEqualTo(consumed);
    }

    @Test
    void keepsASuccessorThatWasUsed() {
      Grant grant = tokens.grant();
      OAuth2RefreshToken consumed = store.write(repo -> replaced(repo, grant, grant.refresh()));
      store.run(repo -> replaced(repo, grant, successor(consumed)));
      OAuth2RefreshToken other = revokedToken(grant);

      assertThat(store.reason(repo -> consume(repo, consumed, other)))
          .isEqualTo(StateReason.CONSUMED);
      assertThat(tokens.stored(grant.refresh())).isEqualTo(consumed);
    }

    @Test
    void refusesASuccessorThatWasReplacedMeanwhile() {
      Grant grant = tokens.grant();
      OAuth2RefreshToken consumed = store.write(repo -> replaced(repo, grant, grant.refresh()));
      revoke(successor(consumed));
      OAuth2RefreshToken again = store.write(repo -> replaced(repo, grant, consumed));
      OAuth2RefreshToken other = revokedToken(grant);

      assertThat(store.reason(repo -> consume(repo, consumed, other)))
          .isEqualTo(StateReason.CONSUMED);
      assertThat(tokens.stored(grant.refresh())).isEqualTo(again);
    }

    @Test
    void refusesATokenWhoseSuccessorIsGone() {
      Grant grant = tokens.grant();
      OAuth2RefreshToken consumed = store.write(repo -> replaced(repo, grant, grant.refresh()));
      store.sql(
          "DELETE FROM oauth2_refresh_tokens WHERE id = ?",
          consumed.nextRefreshTokenId().orElseThrow());
      OAuth2RefreshToken other = revokedToken(grant);

      assertThat(store.reason(repo -> consume(repo, tokens.stored(consumed), other)))
          .isEqualTo(StateReason.CONSUMED);
    }

    @Test
    void refusesTheTokenItself() {
      Grant grant = tokens.grant();

      assertThat(store.refusal(repo -> consume(repo, grant.refresh(), grant.refresh())))
          .isInstanceOf(InvalidInputException.class);
    }

    @Test
    void refusesASuccessorOfAnotherSession() {
      Grant grant = tokens.grant();
      Grant other = tokens.grant();

      assertThat(store.refusal(repo -> consume(repo, grant.refresh(), other.refresh())))
          .isInstanceOf(InvalidInputException.class);
    }

    @Test
    void believesTheStoredSuccessor() {
      Grant grant = tokens.grant();
      Grant other = tokens.grant();
      OAuth2RefreshToken forged =
          new OAuth2RefreshToken(
              other.refresh().id(),
              grant.session().id(),
              Optional.empty(),
              other.refresh().createdAt(),
              other.refresh().stage());

      assertThat(store.reason(repo -> consume(repo, grant.refresh(), forged)))
          .isEqualTo(StateReason.WRONG_SESSION);
      assertThat(tokens.stored(grant.refresh())).isEqualTo(grant.refresh());
    }

    @Test
    void refusesWhatIsGone() {
      Grant grant = tokens.grant();
      OAuth2RefreshToken other = revokedToken(grant);
      store.sql("DELETE FROM oauth2_refresh_tokens WHERE id = ?", other.id());
      assertThat(store.missing(repo -> consume(repo, grant.refresh(), other)))
          .isEqualTo("oauth2_refresh_token " + other.id());

      store.sql("DELETE FROM oauth2_refresh_tokens");

      assertThat(store.missing(repo -> consume(repo, grant.refresh(), other)))
          .isEqualTo("oauth2_refresh_token " + grant.refresh().id());
    }

    @Test
    void hasOneWinnerAmongThirtyTwo() throws Exception {
      Grant grant = tokens.grant();
      RepositoryFactory repositories = store.repositories();

      Race.Results<OAuth2RefreshToken> race =
          Race.of(32)
              .run(number -> repositories.call(repo -> replaced(repo, grant, grant.refresh())));

      assertThat(race.values()).hasSize(1);
      assertThat(race.failures())
          .hasSize(31)
          .allSatisfy(
              failure ->
                  assertThat(((InvalidStateException) failure).reason())
                      .isEqualTo(StateReason.CONSUMED));
      assertThat(tokens.validRefreshTokens())
          .containsExactly(race.values().get(0).nextRefreshTokenId().orElseThrow().toString());
    }

    /** The token, replaced by a new one, step by step. */
    private static OAuth2RefreshToken replaced(
        RepositoryAccess repo, Grant grant, OAuth2RefreshToken token) {
      OAuth2AccessToken access =
          repo.oauth2AccessTokens().add(grant.session(), accessText(), Optional.empty());
      OAuth2RefreshToken next =
          repo.oauth2RefreshTokens().add(grant.session(), access, refreshText());
      return consume(repo, token, next);
    }

    private static OAuth2RefreshToken consume(
        RepositoryAccess repo, OAuth2RefreshToken token, OAuth2RefreshToken next) {
      return repo.oauth2RefreshTokens().consume(token, next);
    }

    private OAuth2RefreshToken successor(OAuth2RefreshToken token) {
      return store
          .<Optional<OAuth2RefreshToken>>read(
              repo -> repo.oauth2RefreshTokens().lookup(token.nextRefreshTokenId().orElseThrow()))
          .orElseThrow();
    }

    /** One of the same session, so that no other is valid. */
    private OAuth2RefreshToken revokedToken(Grant grant) {
      return store.write(
          repo ->
              repo.oauth2RefreshTokens()
                  .revoke(
                      repo.oauth2RefreshTokens()
                          .add(grant.session(), grant.access(), refreshText())));
    }
  }

  @Nested
  class Revoke {
    @Test
    void withdrawsTheToken() {
      Grant grant = tokens.grant();
      store.clock().advance(Duration.ofMinutes(1));

      OAuth2RefreshToken revoked = revoke(grant.refresh());

      assertThat(revoked.stage()).isEqualTo(new OAuth2RefreshTokenStage.Revoked(tokens.now()));
      assertThat(tokens.stored(grant.refresh())).isEqualTo(revoked);
    }

    @Test
    void happensOnce() {
      Grant grant = tokens.grant();
      OAuth2RefreshToken revoked = revoke(grant.refresh());
      store.clock().advance(Duration.ofMinutes(1));

      assertThat(store.reason(repo -> repo.oauth2RefreshTokens().revoke(grant.refresh())))
          .isEqualTo(StateReason.REVOKED);
      assertThat(tokens.stored(grant.refresh())).isEqualTo(revoked);
    }

    @Test
    void refusesAUsedToken() {
      Grant grant = tokens.grant();
      OAuth2RefreshToken consumed = tokens.rotated(grant, Tokens.pair()).previous();

      assertThat(store.reason(repo -> repo.oauth2RefreshTokens().revoke(grant.refresh())))
          .isEqualTo(StateReason.CONSUMED);
      assertThat(tokens.stored(grant.refresh())).isEqualTo(consumed);
    }

    @Test
    void refusesATokenThatIsGone() {
      Grant grant = tokens.grant();
      store.sql("DELETE FROM oauth2_sessions");

      assertThat(store.missing(repo -> repo.oauth2RefreshTokens().revoke(grant.refresh())))
          .isEqualTo("oauth2_refresh_token " + grant.refresh().id());
    }

    @Test
    void hasOneWinnerAmongThirtyTwo() throws Exception {
      Grant grant = tokens.grant();
      RepositoryFactory repositories = store.repositories();

      Race.Results<OAuth2RefreshToken> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.direct(
                          repo -> repo.oauth2RefreshTokens().revoke(grant.refresh())));

      assertThat(race.values()).hasSize(1);
    }
  }

  private OAuth2RefreshToken revoke(OAuth2RefreshToken token) {
    return store.write(repo -> repo.oauth2RefreshTokens().revoke(token));
  }
}
