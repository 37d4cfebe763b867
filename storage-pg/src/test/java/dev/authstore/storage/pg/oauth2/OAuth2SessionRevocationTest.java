package dev.authstore.storage.pg.oauth2;

import static java.time.Duration.ofMinutes;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.TokenKind;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.user.User;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.oauth2.TokenRevocation;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ending a session by a token of it (RFC 7009). */
class OAuth2SessionRevocationTest {
  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final OAuth2Sessions sessions = new OAuth2Sessions(store);

  @SuppressWarnings("NullAway.Init") // set before each test
  private OAuth2Client client;

  @SuppressWarnings("NullAway.Init") // set before each test
  private User john;

  @SuppressWarnings("NullAway.Init") // set before each test
  private OAuth2Session session;

  @BeforeEach
  void addSession() {
    client = sessions.client();
    john = sessions.user("john");
    session = sessions.session(client, john);
  }

  @ParameterizedTest
  @EnumSource(names = {"ACCESS_TOKEN", "REFRESH_TOKEN"})
  void endsTheSessionAndTellsWhose(TokenKind kind) {
    String token = token(kind, session);

    TokenRevocation revocation = revoke(token, kind);

    OAuth2Session ended = sessions.stored(session).orElseThrow();
    assertThat(ended.finishedAt()).contains(sessions.now());
    assertThat(revocation).isEqualTo(new TokenRevocation.Ended(ended, Optional.of(john)));
  }

  @Test
  void endsTheSessionOfAClientThatActsForItself() {
    OAuth2Session own = sessions.session(client);

    TokenRevocation revocation = revoke(sessions.accessToken(own), TokenKind.ACCESS_TOKEN);

    assertThat(revocation)
        .isEqualTo(new TokenRevocation.Ended(sessions.stored(own).orElseThrow(), Optional.empty()));
    assertThat(sessions.stored(session)).contains(session);
  }

  @Test
  void marksNoToken() {
    String token = sessions.refreshToken(session);
    sessions.accessToken(session);

    revoke(token, TokenKind.REFRESH_TOKEN);

    assertThat(store.select("SELECT id FROM oauth2_access_tokens WHERE revoked_at IS NULL"))
        .hasSize(1);
    assertThat(store.select("SELECT id FROM oauth2_refresh_tokens WHERE revoked_at IS NULL"))
        .hasSize(1);
  }

  @ParameterizedTest
  @EnumSource(names = {"ACCESS_TOKEN", "REFRESH_TOKEN"})
  void endsASessionOnce(TokenKind kind) {
    String token = token(kind, session);
    OAuth2Session ended = sessions.finished(session);
    store.clock().advance(ofMinutes(1));

    TokenRevocation revocation = revoke(token, kind);

    assertThat(revocation).isEqualTo(new TokenRevocation.AlreadyFinished());
    assertThat(sessions.stored(session)).contains(ended);
  }

  @Test
  void toldOfAnotherClientTouchesNothing() {
    OAuth2Client other = sessions.client();
    OAuth2Session ended = sessions.session(client, john);
    String ofEnded = sessions.accessToken(ended);
    sessions.finished(ended);

    List<TokenRevocation> revocations =
        List.of(
            revoke(other, sessions.accessToken(session), TokenKind.ACCESS_TOKEN),
            revoke(other, sessions.refreshToken(session), TokenKind.REFRESH_TOKEN),
            revoke(other, ofEnded, TokenKind.ACCESS_TOKEN));

    assertThat(revocations).containsOnly(new TokenRevocation.WrongClient());
    assertThat(sessions.stored(session)).contains(session);
  }

  @Test
  void knowsNoTokenThatIsOutOfForce() {
    String expired = sessions.accessToken(session);
    store.clock().advance(ofMinutes(5));
    String revoked = sessions.accessToken(session);
    store.sql(
        "UPDATE oauth2_access_tokens SET revoked_at = created_at WHERE token_digest = sha256(?::bytea)",
        revoked);
    String consumed = sessions.refreshToken(session);
    store.sql("UPDATE oauth2_refresh_tokens SET consumed_at = created_at");
    String withdrawn = sessions.refreshToken(session);
    store.sql("UPDATE oauth2_refresh_tokens SET revoked_at = created_at WHERE consumed_at IS NULL");

    List<TokenRevocation> revocations =
        List.of(
            revoke(expired, TokenKind.ACCESS_TOKEN),
            revoke(revoked, TokenKind.ACCESS_TOKEN),
            revoke(consumed, TokenKind.REFRESH_TOKEN),
            revoke(withdrawn, TokenKind.REFRESH_TOKEN));

    assertThat(revocations).containsOnly(new TokenRevocation.Unknown());
    assertThat(sessions.stored(session)).contains(session);
  }

  @Test
  void takesATokenUntilTheInstantOfItsEnd() {
    String token = sessions.accessToken(session);
    store.clock().advance(ofMinutes(5).minusNanos(1000));

    TokenRevocation revocation = revoke(token, TokenKind.ACCESS_TOKEN);

    assertThat(revocation).isInstanceOf(TokenRevocation.Ended.class);
  }

  @Test
  void knowsNoTokenThatWasNeverStored() {
    Random random = new Random(1);

    assertThat(
            List.of(
                revoke(TokenKind.ACCESS_TOKEN.generate(random), TokenKind.ACCESS_TOKEN),
                revoke(TokenKind.REFRESH_TOKEN.generate(random), TokenKind.REFRESH_TOKEN)))
        .containsOnly(new TokenRevocation.Unknown());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "mat_short", "\u0000", "mat_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA_96elV5"})
  void asksNotForTextThatIsNoToken(String text) {
    store.statements();

    assertThat(revoke(text, TokenKind.ACCESS_TOKEN)).isEqualTo(new TokenRevocation.Unknown());
    assertThat(store.statements()).isEmpty();
  }

  @Test
  void asksNotForTokensOfOtherKinds() {
    String token = sessions.accessToken(session);
    String personal = TokenKind.PERSONAL_ACCESS_TOKEN.generate(new Random(1));
    store.statements();

    assertThat(
            List.of(
                revoke(token, TokenKind.REFRESH_TOKEN),
                revoke(personal, TokenKind.PERSONAL_ACCESS_TOKEN)))
        .containsOnly(new TokenRevocation.Unknown());
    assertThat(store.statements()).isEmpty();
  }

  @Test
  void seesThatTheSessionEndedWhileItWaited() throws Exception {
    String token = sessions.refreshToken(session);
    Store.Held<OAuth2Session> first = store.hold(repo -> repo.oauth2Sessions().finish(session));

    Future<TokenRevocation> second = startRevoking(token, TokenKind.REFRESH_TOKEN);
    store.awaitBlocked(1);
    first.save();

    assertThat(second.get(20, SECONDS)).isEqualTo(new TokenRevocation.AlreadyFinished());
    assertThat(sessions.stored(session)).contains(first.result());
  }

  @Test
  void endsWhatTheOtherGaveUp() throws Exception {
    String token = sessions.accessToken(session);
    Store.Held<OAuth2Session> first = store.hold(repo -> repo.oauth2Sessions().finish(session));

    Future<TokenRevocation> second = startRevoking(token, TokenKind.ACCESS_TOKEN);
    store.awaitBlocked(1);
    first.cancel();

    assertThat(second.get(20, SECONDS)).isInstanceOf(TokenRevocation.Ended.class);
    assertThat(sessions.stored(session).map(OAuth2Session::isFinished)).contains(true);
  }

  @Test
  void hasOneWinnerAmongThirtyTwo() throws Exception {
    String access = sessions.accessToken(session);
    String refresh = sessions.refreshToken(session);
    RepositoryFactory repositories = store.repositories();

    Race.Results<TokenRevocation> race =
        Race.of(32)
            .run(
                number ->
                    repositories.<TokenRevocation>direct(
                        repo ->
                            number % 2 == 0
                                ? repo.oauth2Sessions()
                                    .finishByToken(client, access, TokenKind.ACCESS_TOKEN)
                                : repo.oauth2Sessions()
                                    .finishByToken(client, refresh, TokenKind.REFRESH_TOKEN)));

    assertThat(race.failures()).isEmpty();
    assertThat(race.values()).filteredOn(TokenRevocation.Ended.class::isInstance).hasSize(1);
    assertThat(race.values())
        .filteredOn(r -> r.equals(new TokenRevocation.AlreadyFinished()))
        .hasSize(31);
  }

  private Future<TokenRevocation> startRevoking(String token, TokenKind kind) {
    return store.start(repo -> repo.oauth2Sessions().finishByToken(client, token, kind));
  }

  private String token(TokenKind kind, OAuth2Session of) {
    return kind == TokenKind.ACCESS_TOKEN ? sessions.accessToken(of) : sessions.refreshToken(of);
  }

  private TokenRevocation revoke(String token, TokenKind kind) {
    return revoke(client, token, kind);
  }

  private TokenRevocation revoke(OAuth2Client presenting, String token, TokenKind kind) {
    return store.write(repo -> repo.oauth2Sessions().finishByToken(presenting, token, kind));
  }
}
