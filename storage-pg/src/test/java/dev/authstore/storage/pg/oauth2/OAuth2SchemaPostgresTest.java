package dev.authstore.storage.pg.oauth2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.authstore.storage.pg.Store;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the tables refuse, whoever writes: combinations that no record could show. */
class OAuth2SchemaPostgresTest {
  private static final String CLIENT = "'00000000-0000-0000-0000-0000000000c1'";
  private static final String OTHER_CLIENT = "'00000000-0000-0000-0000-0000000000c2'";
  private static final String USER = "'00000000-0000-0000-0000-0000000000a1'";
  private static final String OTHER_USER = "'00000000-0000-0000-0000-0000000000a2'";
  private static final String BROWSER_SESSION = "'00000000-0000-0000-0000-0000000000b1'";
  private static final String SESSION = "'00000000-0000-0000-0000-0000000000d1'";
  private static final String OTHER_SESSION = "'00000000-0000-0000-0000-0000000000d2'";
  private static final String ID = "'00000000-0000-0000-0000-0000000000e1'";
  private static final String OTHER_ID = "'00000000-0000-0000-0000-0000000000e2'";
  private static final String AT = "'2022-01-16T14:40:00Z'";

  @RegisterExtension final Store store = Store.fresh();

  @BeforeEach
  void store() {
    for (String user : new String[] {USER, OTHER_USER}) {
      store.sql(
          "INSERT INTO users (id, username, username_folded, created_at) VALUES (%1$s, %1$s, %1$s, %2$s)"
              .formatted(user, AT));
    }
    store.sql(
        "INSERT INTO browser_sessions (id, user_id, created_at) VALUES (%s, %s, %s)"
            .formatted(BROWSER_SESSION, USER, AT));
    addClient(CLIENT, "NULL, NULL, NULL, NULL, false");
    addClient(OTHER_CLIENT, "NULL, NULL, NULL, NULL, true");
    addSession(SESSION, CLIENT, USER, BROWSER_SESSION);
    addSession(OTHER_SESSION, OTHER_CLIENT, "NULL", "NULL");
  }

  @Nested
  class Clients {
    @ParameterizedTest
    @ValueSource(
        strings = {
          "'short', NULL, NULL, NULL, false",
          "repeat('A', 64), NULL, NULL, NULL, false",
          "repeat('a', 64), 'secret', NULL, NULL, false",
          "repeat('a', 64), NULL, NULL, NULL, true",
          "NULL, NULL, '{}', 'https://example.org', false"
        })
    void haveNoOther(String digestSecretJwksUriStatic) {
      assertRefused(() -> addClient(ID, digestSecretJwksUriStatic));
    }

    @Test
    void shareNoDigest() {
      addClient(ID, "repeat('a', 64), NULL, NULL, NULL, false");

      assertRefused(() -> addClient(OTHER_ID, "repeat('a', 64), NULL, NULL, NULL, false"));
    }
  }

  @Nested
  class Sessions {
    @Test
    void areOfTheUserOfTheBrowserSession() {
      assertRefused(() -> addSession(ID, CLIENT, OTHER_USER, BROWSER_SESSION));
    }

    @Test
    void haveAUserIfTheyHaveABrowserSession() {
      assertRefused(() -> addSession(ID, CLIENT, "NULL", BROWSER_SESSION));
    }

    @Test
    void keepTheirBrowserSession() {
      assertRefused(() -> store.sql("DELETE FROM browser_sessions"));
    }

    @Test
    void goWithTheirClient() {
      store.sql("DELETE FROM oauth2_clients WHERE id = %s".formatted(CLIENT));

      assertThat(store.select("SELECT client_id FROM oauth2_sessions"))
          .containsExactly(OTHER_CLIENT.replace("'", ""));
    }
  }

  @Nested
  class RefreshTokens {
    @ParameterizedTest
    @CsvSource({"true, true, false", "false, true, true", "false, false, true"})
    void areInOneStage(boolean consumed, boolean revoked, boolean next) {
      addRefreshToken(ID, 1);
      store.sql("UPDATE oauth2_refresh_tokens SET revoked_at = created_at");
      addRefreshToken(OTHER_ID, 2);

      assertRefused(
          () ->
              store.sql(
                  """
                  UPDATE oauth2_refresh_tokens SET consumed_at = CASE WHEN ? THEN created_at END,
                    revoked_at = CASE WHEN ? THEN created_at END,
                    next_refresh_token_id = CASE WHEN ? THEN %s::uuid END
                  WHERE id = %s
                  """
                      .formatted(ID, OTHER_ID),
                  consumed,
                  revoked,
                  next));
    }

    @Test
    void doNotReplaceThemselves() {
      addRefreshToken(ID, 1);

      assertRefused(
          () ->
              store.sql(
                  "UPDATE oauth2_refresh_tokens SET consumed_at = created_at, next_refresh_token_id = id"));
    }

    @Test
    void areValidOnceInASession() {
      addRefreshToken(ID, 1);

      assertRefused(() -> addRefreshToken(OTHER_ID, 2));
    }

    @Test
    void mayBeAddedBeforeTheLastOneIsConsumed() {
      addRefreshToken(ID, 1);

      store.sql(
          """
          WITH added AS (
            INSERT INTO oauth2_refresh_tokens (id, session_id, token_digest, created_at)
            VALUES (%s, %s, decode(repeat('02', 32), 'hex'), %s))
          UPDATE oauth2_refresh_tokens SET consumed_at = created_at
          """
              .formatted(OTHER_ID, SESSION, AT));

      assertThat(store.select("SELECT id FROM oauth2_refresh_tokens WHERE consumed_at IS NULL"))
          .containsExactly(OTHER_ID.replace("'", ""));
    }
  }

  @Nested
  class AuthorizationGrants {
    @ParameterizedTest
    @CsvSource({
      "-, -, -, -, -, -",
      "f, -, -, b, -, d",
      "f, e, -, b, s, d",
      "f, e, -, -, s, d",
      "-, -, c, -, -, -"
    })
    void areInOneOfTheirStages(String f, String e, String c, String b, String s, String d) {
      addGrant(f, e, c, b, s, d);

      assertThat(store.select("SELECT id FROM oauth2_authorization_grants")).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({
      "-, e, -, -, s, -", "-, e, -, b, s, -", "f, -, -, -, -, d", "f, -, -, b, s, d",
      "f, e, -, b, -, d", "f, -, c, b, -, d", "f, e, c, b, s, d", "-, -, c, b, -, -",
      "-, -, c, -, s, -", "-, -, -, b, -, -", "-, -, -, -, s, -", "-, -, -, -, -, d",
      "f, -, -, b, -, -", "-, -, c, -, -, d", "f, -, -, -, s, d", "f, -, -, -, s, -"
    })
    void areInNoOther(String f, String e, String c, String b, String s, String d) {
      assertRefused(() -> addGrant(f, e, c, b, s, d));
    }

    @Test
    void haveACodeWhoseDigestHasThirtyTwoBytes() {
      addGrant("f", "-", "-", "b", "-", "d");

      assertRefused(
          () ->
              store.sql(
                  "UPDATE oauth2_authorization_grants SET code_digest = substr(code_digest, 2)"));
    }

    @Test
    void areExchangedForASessionOfTheirClient() {
      addGrant("f", "-", "-", "b", "-", "d");

      assertRefused(
          () ->
              store.sql(
                  "UPDATE oauth2_authorization_grants SET exchanged_at = created_at, session_id = "
                      + OTHER_SESSION));
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "response_mode = 'QUERY'",
          "code_challenge_method = 's256', code_challenge = 'a'",
          "code_challenge = 'a'",
          "code_challenge_method = 'S256'",
          "response_type_code = false, code_challenge_method = 'S256', code_challenge = 'a'",
          "raw_parameters = '[]'",
          "scope = ARRAY[NULL]::text[]"
        })
    void refuseWhatNoRecordCanShow(String change) {
      addGrant("-", "-", "-", "-", "-", "-");

      assertRefused(() -> store.sql("UPDATE oauth2_authorization_grants SET " + change));
    }

    @Test
    void goWithTheirBrowserSession() {
      addGrant("f", "-", "-", "b", "-", "d");
      store.sql("DELETE FROM oauth2_sessions");

      store.sql("DELETE FROM browser_sessions");

      assertThat(store.select("SELECT id FROM oauth2_authorization_grants")).isEmpty();
    }

    @Test
    void goWithTheirSession() {
      addGrant("f", "e", "-", "b", "s", "d");

      store.sql("DELETE FROM oauth2_sessions");

      assertThat(store.select("SELECT id FROM oauth2_authorization_grants")).isEmpty();
    }

    private void addGrant(String f, String e, String c, String b, String s, String d) {
      store.sql(
          """
          INSERT INTO oauth2_authorization_grants (id, client_id, redirect_uri, scope, response_type_code,
            response_type_id_token, response_mode, raw_parameters, created_at,
            fulfilled_at, exchanged_at, cancelled_at, browser_session_id, session_id, code_digest)
          VALUES (%s, %s, 'https://example.org/', '{}', true, false, 'query', '{}', %s, %s, %s, %s, %s, %s, %s)
          """
              .formatted(
                  ID,
                  CLIENT,
                  AT,
                  given(f, AT),
                  given(e, AT),
                  given(c, AT),
                  given(b, BROWSER_SESSION),
                  given(s, SESSION),
                  given(d, "decode(repeat('01', 32), 'hex')")));
    }
  }

  @Nested
  class DeviceCodeGrants {
    @ParameterizedTest
    @CsvSource({
      "-, -, -, -, -, -",
      "f, -, -, b, -, -",
      "f, -, -, b, -, l",
      "-, r, -, b, -, -",
      "f, -, e, b, s, -",
      "f, -, e, b, s, l"
    })
    void areInOneOfTheirStages(String f, String r, String e, String b, String s, String l) {
      addGrant(f, r, e, b, s, l);

      assertThat(store.select("SELECT id FROM oauth2_device_code_grants")).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({
      "f, r, -, b, -, -", "f, -, -, -, -, -", "-, r, -, -, -, -", "-, -, e, b, s, -",
      "f, -, e, -, s, -", "f, -, e, b, -, -", "f, -, -, b, s, -", "f, r, e, b, s, -",
      "-, r, -, b, s, -", "-, r, -, b, -, l", "-, -, -, b, -, -", "-, -, -, -, s, -",
      "-, -, -, -, -, l"
    })
    void areInNoOther(String f, String r, String e, String b, String s, String l) {
      assertRefused(() -> addGrant(f, r, e, b, s, l));
    }

    @Test
    void areExchangedForASessionOfTheirClient() {
      addGrant("f", "-", "-", "b", "-", "-");

      assertRefused(
          () ->
              store.sql(
                  "UPDATE oauth2_device_code_grants SET exchanged_at = created_at, session_id = "
                      + OTHER_SESSION));
    }

    @Test
    void goWithTheirBrowserSession() {
      addGrant("f", "-", "-", "b", "-", "-");
      store.sql("DELETE FROM oauth2_sessions");

      store.sql("DELETE FROM browser_sessions");

      assertThat(store.select("SELECT id FROM oauth2_device_code_grants")).isEmpty();
    }

    private void addGrant(String f, String r, String e, String b, String s, String l) {
      store.sql(
          """
          INSERT INTO oauth2_device_code_grants (id, client_id, scope, user_code, device_code_digest, created_at,
            expires_at, fulfilled_at, rejected_at, exchanged_at, browser_session_id, session_id, locale)
          VALUES (%1$s, %2$s, '{}', 'ABC234', decode(repeat('01', 32), 'hex'), %3$s, %3$s, %4$s, %5$s, %6$s, %7$s, %8$s, %9$s)
          """
              .formatted(
                  ID,
                  CLIENT,
                  AT,
                  given(f, AT),
                  given(r, AT),
                  given(e, AT),
                  given(b, BROWSER_SESSION),
                  given(s, SESSION),
                  given(l, "'en'")));
    }
  }

  private static String given(String mark, String value) {
    return mark.equals("-") ? "NULL" : value;
  }

  private void addClient(String id, String digestSecretJwksUriStatic) {
    store.sql(
        """
        INSERT INTO oauth2_clients (id, redirect_uris, grant_types, metadata_digest, encrypted_client_secret, jwks,
          jwks_uri, is_static)
        VALUES (%s, '{}', '{}', %s)
        """
            .formatted(id, digestSecretJwksUriStatic));
  }

  private void addSession(String id, String client, String user, String browserSession) {
    store.sql(
        """
        INSERT INTO oauth2_sessions (id, client_id, user_id, browser_session_id, scope, created_at)
        VALUES (%s, %s, %s, %s, '{}', %s)
        """
            .formatted(id, client, user, browserSession, AT));
  }

  private void addRefreshToken(String id, int digest) {
    store.sql(
        """
        INSERT INTO oauth2_refresh_tokens (id, session_id, token_digest, created_at)
        VALUES (%s, %s, decode(repeat('0%d', 32), 'hex'), %s)
        """
            .formatted(id, SESSION, digest, AT));
  }

  private static void assertRefused(Runnable change) {
    assertThatIllegalStateException()
        .isThrownBy(change::run)
        .withMessageMatching("(?s).*(violates|conflicting key).*");
  }
}
