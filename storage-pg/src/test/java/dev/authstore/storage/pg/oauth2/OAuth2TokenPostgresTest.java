package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.oauth2.Tokens.pair;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.authstore.storage.InvalidDataException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.StorageObserver;
import dev.authstore.storage.oauth2.NewTokens;
import dev.authstore.storage.oauth2.RepeatPolicy;
import dev.authstore.storage.oauth2.RotationPolicy;
import dev.authstore.storage.pg.Counters;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.pg.oauth2.Tokens.Grant;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class OAuth2TokenPostgresTest {
  @RegisterExtension final Store store = Store.fresh();

  private final Tokens tokens = new Tokens(store);

  @Nested
  class Texts {
    @Test
    void areInNoColumn() {
      Grant grant = tokens.grant();
      NewTokens next = pair();
      tokens.rotated(grant, next);

      assertThat(tokens.rows())
          .hasSize(5)
          .noneMatch(row -> row.contains(random(grant.accessText())))
          .noneMatch(row -> row.contains(random(grant.refreshText())))
          .noneMatch(row -> row.contains(random(next.accessToken())))
          .noneMatch(row -> row.contains(random(Tokens.refreshText(next))));
    }

    @Test
    void areKeptAsDigests() {
      Grant grant = tokens.grant();

      assertThat(
              store.select(
                  "SELECT id FROM oauth2_access_tokens WHERE token_digest = sha256(?::text::bytea)",
                  grant.accessText()))
          .containsExactly(grant.access().id().toString());
      assertThat(
              store.select(
                  "SELECT id FROM oauth2_refresh_tokens WHERE token_digest = sha256(?::text::bytea)",
                  grant.refreshText()))
          .containsExactly(grant.refresh().id().toString());
    }

    @Test
    void areInNoStatement() {
      Grant grant = tokens.grant();
      tokens.rotated(grant, pair());
      tokens.use(grant.accessText());

      assertThat(store.statements())
          .extracting(StorageObserver.Statement::sql)
          .noneMatch(sql -> sql.contains(random(grant.accessText())))
          .noneMatch(sql -> sql.contains(random(grant.refreshText())));
    }

    private static String random(String token) {
      return token.substring(4, 12);
    }
  }

  @Nested
  class FirstUse {
    @Test
    void isWrittenOnce() {
      Grant grant = tokens.grant();
      tokens.use(grant.accessText());
      List<String> version = version();

      tokens.use(grant.accessText());
      tokens.introspect(grant.accessText());

      assertThat(version()).isEqualTo(version);
    }

    @Test
    void touchesNoIndex() {
      List<Grant> grants = List.of(tokens.grant(), tokens.grant(), tokens.grant());
      long changed = counter("n_tup_upd");
      long heapOnly = counter("n_tup_hot_upd");

      grants.forEach(grant -> tokens.use(grant.accessText()));

      assertThat(counter("n_tup_upd") - changed).isEqualTo(3);
      assertThat(counter("n_tup_hot_upd") - heapOnly).isEqualTo(3);
    }

    /** Which version of the row there is, and whether anybody has locked it. */
    private List<String> version() {
      return store.select("SELECT concat_ws(' ', ctid, xmin, xmax) FROM oauth2_access_tokens");
    }

    private long counter(String column) {
      return Counters.read(
          store,
          "SELECT %s FROM pg_stat_user_tables WHERE relname = 'oauth2_access_tokens'"
              .formatted(column));
    }
  }

  @Nested
  class RoundTrips {
    @Test
    void ofARotationAreOne() {
      Grant grant = tokens.grant();
      store.statements();

      tokens.rotated(grant, pair());

      assertThat(sent()).containsExactly("statement");
    }

    @Test
    void ofARefusalAreOne() {
      Grant grant = tokens.grant();
      tokens.rotated(grant, pair());
      store.statements();

      tokens.rotate(tokens.client(), grant.refreshText(), pair());

      assertThat(sent()).endsWith("statement").hasSize(3); // the client's own transaction, and one
    }

    @Test
    void ofTextThatIsNoTokenAreNone() {
      Grant grant = tokens.grant();
      store.statements();

      tokens.rotate(grant.client(), grant.refreshText().substring(1), pair());

      assertThat(sent()).isEmpty();
    }

    @Test
    void ofAReplayByPolicyAreOne() {
      Grant grant = tokens.grant();
      tokens.rotated(grant, pair());
      store.statements();

      tokens.rotate(
          grant.client(),
          grant.refreshText(),
          pair(),
          new RotationPolicy(
              RepeatPolicy.REFUSE, Duration.ZERO, Optional.empty(), Optional.empty()));

      assertThat(sent()).containsExactly("statement");
    }

    @Test
    void ofAReissueAreThreeStatementsAndTheCommit() {
      Grant grant = tokens.grant();
      tokens.rotated(grant, pair());
      store.statements();

      tokens.rotated(grant, pair());

      assertThat(sent()).containsExactly("statement", "statement", "statement", "COMMIT");
    }

    @Test
    void ofAReplayAreTwoStatementsAndTheCommit() {
      Grant grant = tokens.grant();
      NewTokens next = pair();
      tokens.rotated(grant, next);
      tokens.use(next.accessToken());
      store.statements();

      tokens.rotate(grant.client(), grant.refreshText(), pair());

      assertThat(sent()).containsExactly("statement", "statement", "COMMIT");
    }

    private List<String> sent() {
      return store.statements().stream()
          .map(StorageObserver.Statement::sql)
          .map(sql -> sql.equals("COMMIT") ? sql : "statement")
          .toList();
    }
  }

  @Nested
  class CorruptRows {
    @Test
    void nameARefreshTokenInTwoStages() {
      Grant grant = tokens.grant();
      store.sql(
          "ALTER TABLE oauth2_refresh_tokens DROP CONSTRAINT oauth2_refresh_tokens_stage_check");
      store.sql(
          "UPDATE oauth2_refresh_tokens SET consumed_at = created_at, revoked_at = created_at");

      InvalidDataException failure =
          invalidData(repo -> repo.oauth2RefreshTokens().findByToken(grant.refreshText()));

      assertThat(failure.table()).isEqualTo("oauth2_refresh_tokens");
      assertThat(failure.column()).isEqualTo("consumed_at");
      assertThat(failure.id()).contains(grant.refresh().id());
    }

    @Test
    void nameAScopeThatIsNone() {
      Grant grant = tokens.grant();
      store.sql("UPDATE oauth2_sessions SET scope = '{\"a b\"}'");

      InvalidDataException failure =
          invalidData(repo -> repo.oauth2AccessTokens().introspect(grant.accessText()));

      assertThat(failure.table()).isEqualTo("oauth2_sessions");
      assertThat(failure.column()).isEqualTo("scope");
      assertThat(failure.id()).contains(grant.session().id());
    }

    private InvalidDataException invalidData(Consumer<RepositoryAccess> work) {
      return store.write(
          repo -> {
            InvalidDataException failure =
                catchThrowableOfType(InvalidDataException.class, () -> work.accept(repo));
            assertThat(failure).isInstanceOf(InvalidDataException.class);
            assertThat(repo.users().exists("still usable")).isFalse();
            return failure;
          });
    }
  }
}
