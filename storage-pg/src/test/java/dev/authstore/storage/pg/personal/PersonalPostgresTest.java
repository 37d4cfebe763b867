package dev.authstore.storage.pg.personal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.authstore.model.TokenDigest;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.personal.PersonalAccessToken;
import dev.authstore.model.personal.PersonalSession;
import dev.authstore.model.personal.PersonalSessionOwner.OwnerOAuth2Client;
import dev.authstore.model.user.User;
import dev.authstore.storage.InvalidDataException;
import dev.authstore.storage.pg.OAuth2Fixture;
import dev.authstore.storage.pg.Store;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the tables of access for scripts hold and refuse, and what goes with their parents. */
class PersonalPostgresTest {
  private static final String INSERT =
      """
      INSERT INTO personal_sessions (id, owner_user_id, owner_client_id, actor_user_id, human_name, scope, created_at)
      VALUES (?, ?::uuid, ?::uuid, ?, 'script', '{}', now())
      """;

  @RegisterExtension final Store store = Store.fresh();

  private final Scripts scripts = new Scripts(store);

  @Nested
  class ASession {
    @Test
    void hasOneOwner() {
      User user = scripts.user();
      OAuth2Client client = OAuth2Fixture.client(store);

      assertThatThrownBy(
              () ->
                  store.sql(
                      INSERT.replaceFirst("\\?::uuid, \\?::uuid", "NULL, NULL"),
                      new UUID(0, 1),
                      user.id()))
          .hasMessageContaining("personal_sessions_owner_check");
      assertThatThrownBy(() -> store.sql(INSERT, new UUID(0, 1), user.id(), client.id(), user.id()))
          .hasMessageContaining("personal_sessions_owner_check");
    }

    @Test
    void withoutOwnerIsReported() {
      PersonalSession session = scripts.session();
      store.sql("ALTER TABLE personal_sessions DROP CONSTRAINT personal_sessions_owner_check");
      store.sql("UPDATE personal_sessions SET owner_user_id = NULL");

      assertReported(session, "owner_client_id");
    }

    @Test
    void withTwoOwnersIsReported() {
      PersonalSession session = scripts.session();
      OAuth2Client client = OAuth2Fixture.client(store);
      store.sql("ALTER TABLE personal_sessions DROP CONSTRAINT personal_sessions_owner_check");
      store.sql("UPDATE personal_sessions SET owner_client_id = ?", client.id());

      assertReported(session, "owner_client_id");
    }

    @Test
    void withAMalformedScopeIsReported() {
      PersonalSession session = scripts.session();
      store.sql("UPDATE personal_sessions SET scope = '{\"a b\"}'");

      assertReported(session, "scope");
    }

    @Test
    void goesWithTheClientThatOwnsIt() {
      OAuth2Client client = OAuth2Fixture.client(store);
      OwnerOAuth2Client owner = new OwnerOAuth2Client(client.id());
      User bot = scripts.user();
      PersonalSession one = scripts.session(owner, bot, "openid");
      scripts.replaced(one, "first");
      scripts.replaced(one, "second");
      PersonalSession other = scripts.session(bot);
      PersonalAccessToken token = scripts.token(other);

      store.run(repo -> repo.oauth2Clients().delete(client));

      assertThat(scripts.stored(one)).isEmpty();
      assertThat(scripts.stored(other)).contains(other);
      assertThat(store.select("SELECT id FROM personal_access_tokens"))
          .containsExactly(token.id().toString());
    }

    private void assertReported(PersonalSession session, String column) {
      assertThatExceptionOfType(InvalidDataException.class)
          .isThrownBy(() -> scripts.stored(session))
          .satisfies(
              e -> {
                assertThat(e.table()).isEqualTo("personal_sessions");
                assertThat(e.column()).isEqualTo(column);
                assertThat(e.id()).contains(session.id());
              });
    }
  }

  @Nested
  class AToken {
    @Test
    void isKeptAsItsDigest() {
      scripts.token(scripts.session(), "mpt_sécret", Optional.empty());

      List<String> stored =
          store.select("SELECT encode(token_digest, 'hex') FROM personal_access_tokens");

      assertThat(stored)
          .containsExactly(HexFormat.of().formatHex(TokenDigest.of("mpt_sécret").toBytes()));
      assertThat(store.select("SELECT t::text FROM personal_access_tokens t"))
          .noneMatch(row -> row.contains("cret"));
    }

    @Test
    void hasADigestOfThirtyTwoBytes() {
      PersonalAccessToken token = scripts.token(scripts.session());

      assertThatThrownBy(
              () ->
                  store.sql(
                      "UPDATE personal_access_tokens SET token_digest = substr(token_digest, 2)"))
          .hasMessageContaining("personal_access_tokens_token_digest_check");
      assertThat(scripts.stored(token)).contains(token);
    }

    @Test
    void isTheOnlyOneOfItsSessionThatIsNotRevoked() {
      PersonalSession session = scripts.session();
      scripts.revoked(scripts.token(session));
      scripts.token(session);

      assertThatThrownBy(() -> store.sql("UPDATE personal_access_tokens SET revoked_at = NULL"))
          .hasMessageContaining("personal_access_tokens_active_key");
    }
  }

  @Nested
  class Statements {
    @Test
    void ofARevocationAreTwo() {
      PersonalSession session = scripts.session();
      scripts.token(session);

      assertThat(sent(() -> scripts.revoked(session))).isEqualTo(2);
    }

    @Test
    void ofARefusalAreNoMoreThanOne() {
      PersonalSession session = scripts.session();
      PersonalAccessToken token = scripts.revoked(scripts.token(session));
      scripts.revoked(session);

      assertThat(sent(() -> store.refusal(repo -> repo.personalSessions().revoke(session))))
          .isOne();
      assertThat(sent(() -> store.refusal(repo -> repo.personalAccessTokens().revoke(token))))
          .isOne();
      assertThat(
              sent(
                  () ->
                      store.refusal(
                          repo ->
                              repo.personalAccessTokens()
                                  .replace(session, "two", Optional.empty()))))
          .isOne();
    }

    @Test
    void ofReplacingATokenAreTwo() {
      PersonalSession session = scripts.session();
      scripts.token(session);

      assertThat(sent(() -> scripts.replaced(session, "two"))).isEqualTo(2);
    }

    private int sent(Runnable work) {
      store.statements();
      work.run();
      return (int)
          store.statements().stream()
              .filter(statement -> statement.operation().startsWith("personal"))
              .filter(statement -> !statement.sql().equals("COMMIT"))
              .count();
    }
  }
}
