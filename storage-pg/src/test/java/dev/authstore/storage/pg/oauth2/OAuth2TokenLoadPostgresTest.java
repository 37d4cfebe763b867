package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.oauth2.Tokens.pair;
import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.oauth2.OAuth2AccessToken;
import dev.authstore.model.oauth2.OAuth2RefreshToken;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StorageObserver;
import dev.authstore.storage.oauth2.NewTokens;
import dev.authstore.storage.oauth2.Rotation;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.pg.oauth2.Tokens.Grant;
import dev.authstore.testing.Race;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Everything that touches tokens at once, on few sessions. */
class OAuth2TokenLoadPostgresTest {
  private static final int SESSIONS = 3;
  private static final int CALLERS = 12;
  private static final int CALLS = 25;

  @RegisterExtension final Store store = Store.fresh();

  private final Tokens tokens = new Tokens(store);

  @Test
  void neverDeadlocksWithTheGranularFlow() throws Exception {
    Load load = new Load();

    Race.Results<Integer> race =
        Race.of(CALLERS)
            .run(
                number ->
                    load.calls(
                        number,
                        (random, session) -> {
                          switch (random.nextInt(8)) {
                            case 0, 1 -> load.rotate(session, true);
                            case 2 -> load.rotate(session, false);
                            case 3, 4 -> load.replace(session);
                            case 5 -> load.revoke(session);
                            default -> load.use(session);
                          }
                        }));

    assertThat(race.failures()).isEmpty();
    assertThat(race.values()).allMatch(done -> done > 0);
    assertNoFailedStatement();
    load.assertAtMostOnePairEach();
  }

  @Test
  void neverDeadlocksWithCleanUps() throws Exception {
    Load load = new Load();

    Race.Results<Integer> race =
        Race.of(CALLERS)
            .run(
                number ->
                    load.calls(
                        number,
                        (random, session) -> {
                          store.clock().advance(Duration.ofSeconds(10));
                          switch (random.nextInt(8)) {
                            case 0, 1, 2 -> load.rotate(session, true);
                            case 3 -> load.rotate(session, false);
                            case 4 -> load.use(session);
                            default -> load.cleanUp(random);
                          }
                        }));

    assertThat(race.failures()).isEmpty();
    assertThat(race.values()).allMatch(done -> done > 0);
    assertNoFailedStatement();
    load.assertAtMostOnePairEach();
  }

  /** A step of one caller with one session, by its number. */
  @FunctionalInterface
  private interface Step {
    void run(Random random, int session);
  }

  /** What the clients know: of each session the last pair that one of them got. */
  private final class Load {
    private final RepositoryFactory repositories = store.repositories();
    private final List<Grant> grants =
        IntStream.range(0, SESSIONS).mapToObj(i -> tokens.grant()).toList();
    private final AtomicReferenceArray<NewTokens> pairs = new AtomicReferenceArray<>(SESSIONS);

    private Load() {
      for (int i = 0; i < SESSIONS; i++) {
        NewTokens next = pair();
        tokens.rotated(grants.get(i), next);
        pairs.set(i, next);
      }
    }

    /** How many of the calls were not refused. */
    private int calls(int number, Step step) {
      Random random = new Random(number);
      int done = 0;
      for (int i = 0; i < CALLS; i++) {
        try {
          step.run(random, random.nextInt(SESSIONS));
          done++;
        } catch (InvalidStateException | NotFoundException e) {
          assertThat(e.abortsUnitOfWork()).isFalse(); // another was faster
        }
      }
      return done;
    }

    private void rotate(int session, boolean alone) {
      NewTokens next = pair();
      String text = Tokens.refreshText(pairs.get(session));
      Rotation rotation =
          alone
              ? repositories.direct(repo -> rotate(repo, session, text, next))
              : repositories.call(repo -> rotate(repo, session, text, next));
      if (rotation instanceof Rotation.Rotated) {
        pairs.set(session, next);
      }
    }

    private Rotation rotate(RepositoryAccess repo, int session, String text, NewTokens next) {
      return Tokens.rotate(repo, grants.get(session).client(), text, next);
    }

    /** As a rotation, in steps. */
    private void replace(int session) {
      NewTokens next = pair();
      String text = Tokens.refreshText(pairs.get(session));
      repositories.run(
          repo -> {
            OAuth2RefreshToken used = repo.oauth2RefreshTokens().findByToken(text).orElseThrow();
            OAuth2AccessToken access =
                repo.oauth2AccessTokens()
                    .add(
                        grants.get(session).session(), next.accessToken(), Optional.of(Tokens.TTL));
            OAuth2RefreshToken refresh =
                repo.oauth2RefreshTokens()
                    .add(grants.get(session).session(), access, Tokens.refreshText(next));
            repo.oauth2RefreshTokens().consume(used, refresh);
            repo.oauth2AccessTokens()
                .revoke(
                    repo.oauth2AccessTokens()
                        .lookup(used.accessTokenId().orElseThrow())
                        .orElseThrow());
          });
      pairs.set(session, next);
    }

    private void revoke(int session) {
      String text = pairs.get(session).accessToken();
      repositories.<OAuth2AccessToken>direct(
          repo ->
              repo.oauth2AccessTokens()
                  .revoke(repo.oauth2AccessTokens().findByToken(text).orElseThrow()));
    }

    private void use(int session) {
      String text = pairs.get(session).accessToken();
      repositories.<Object>direct(repo -> repo.oauth2AccessTokens().introspectAndMarkUsed(text));
    }

    private void cleanUp(Random random) {
      Instant until = tokens.now().minus(Duration.ofMinutes(1));
      repositories.<Object>direct(
          repo ->
              switch (random.nextInt(4)) {
                case 0 -> repo.oauth2AccessTokens().cleanupRevoked(Optional.empty(), until, 5);
                case 1 -> repo.oauth2AccessTokens().cleanupExpired(Optional.empty(), until, 5);
                case 2 -> repo.oauth2RefreshTokens().cleanupRevoked(Optional.empty(), until, 5);
                default -> repo.oauth2RefreshTokens().cleanupConsumed(Optional.empty(), until, 5);
              });
    }

    private void assertAtMostOnePairEach() {
      assertThat(
              store.select(
                  """
                  SELECT session_id FROM oauth2_refresh_tokens
                  WHERE consumed_at IS NULL AND revoked_at IS NULL GROUP BY session_id HAVING count(*) > 1
                  """))
          .isEmpty();
      assertThat(tokens.validAccessTokens()).hasSizeLessThanOrEqualTo(SESSIONS);
    }
  }

  /** Also none that a repetition has made up for. */
  private void assertNoFailedStatement() {
    assertThat(store.statements())
        .filteredOn(statement -> statement.sqlState().isPresent())
        .extracting(StorageObserver.Statement::operation, StorageObserver.Statement::sqlState)
        .isEmpty();
  }
}
