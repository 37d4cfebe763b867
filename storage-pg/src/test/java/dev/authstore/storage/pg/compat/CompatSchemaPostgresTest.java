package dev.authstore.storage.pg.compat;

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
class CompatSchemaPostgresTest {
  private static final String USER = "'00000000-0000-0000-0000-0000000000a1'";
  private static final String OTHER_USER = "'00000000-0000-0000-0000-0000000000a2'";
  private static final String BROWSER_SESSION = "'00000000-0000-0000-0000-0000000000b1'";
  private static final String SESSION = "'00000000-0000-0000-0000-0000000000d1'";
  private static final String OTHER_SESSION = "'00000000-0000-0000-0000-0000000000d2'";
  private static final String ID = "'00000000-0000-0000-0000-0000000000e1'";
  private static final String OTHER_ID = "'00000000-0000-0000-0000-0000000000e2'";
  private static final String AT = "'2022-01-16T14:40:00Z'";
  private static final String DIGEST = "decode(repeat('01', 32), 'hex')";

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
    addSession(SESSION, USER, BROWSER_SESSION, "'one'");
    addSession(OTHER_SESSION, USER, "NULL", "'two'");
  }

  @Nested
  class Sessions {
    @Test
    void areOfTheUserOfTheBrowserSession() {
      assertRefused(() -> addSession(ID, OTHER_USER, BROWSER_SESSION, "'three'"));
    }

    @Test
    void keepTheirBrowserSession() {
      assertRefused(() -> store.sql("DELETE FROM browser_sessions"));
    }

    @Test
    void ofADeviceAreOneAtATime() {
      assertRefused(() -> addSession(ID, USER, "NULL", "'one'"));

      store.sql("UPDATE compat_sessions SET finished_at = created_at WHERE device_id = 'one'");
      addSession(ID, USER, "NULL", "'one'");
      addSession(OTHER_ID, OTHER_USER, "NULL", "'one'");

      assertThat(store.select("SELECT id FROM compat_sessions WHERE device_id = 'one'")).hasSize(3);
    }

    @Test
    void withoutDeviceMayBeSeveral() {
      addSession(ID, USER, "NULL", "NULL");

      addSession(OTHER_ID, USER, "NULL", "NULL");

      assertThat(store.select("SELECT id FROM compat_sessions WHERE device_id IS NULL")).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "device_id = ''",
          "device_id = repeat('a', 513)",
          "human_name = ''",
          "human_name = repeat('a', 513)",
          "user_agent = repeat('a', 1025)",
          "last_active_ip = '192.0.2.1'"
        })
    void refuseWhatNoOperationWrites(String change) {
      assertRefused(() -> store.sql("UPDATE compat_sessions SET " + change));
    }
  }

  @Nested
  class Tokens {
    @BeforeEach
    void addAccessToken() {
      store.sql(
          """
          INSERT INTO compat_access_tokens (id, session_id, token_digest, created_at)
          VALUES (%s, %s, %s, %s)
          """
              .formatted(ID, SESSION, DIGEST, AT));
    }

    @Test
    void belongTogetherByTheirSession() {
      assertRefused(() -> addRefreshToken(OTHER_SESSION, DIGEST));
    }

    @ParameterizedTest
    @ValueSource(strings = {"'\\x'", "decode(repeat('01', 31), 'hex')", "'secret'", "NULL"})
    void areKeptAsDigests(String digest) {
      assertRefused(() -> addRefreshToken(SESSION, digest));
      assertRefused(() -> store.sql("UPDATE compat_access_tokens SET token_digest = " + digest));
    }

    @Test
    void keepTheAccessTokenThatTheyName() {
      addRefreshToken(SESSION, DIGEST);

      assertRefused(() -> store.sql("DELETE FROM compat_access_tokens"));
    }

    @Test
    void goWithTheirSession() {
      addRefreshToken(SESSION, DIGEST);

      store.sql("DELETE FROM compat_sessions");

      assertThat(store.select("SELECT id FROM compat_access_tokens")).isEmpty();
      assertThat(store.select("SELECT id FROM compat_refresh_tokens")).isEmpty();
    }

    private void addRefreshToken(String session, String digest) {
      store.sql(
          """
          INSERT INTO compat_refresh_tokens (id, session_id, access_token_id, token_digest, created_at)
          VALUES (%s, %s, %s, %s, %s)
          """
              .formatted(OTHER_ID, session, ID, digest, AT));
    }
  }

  @Nested
  class SsoLogins {
    @ParameterizedTest
    @CsvSource({"-, -, -, -, -", "f, -, b, -, d", "f, e, b, s, d", "f, e, -, s, d"})
    void areInOneOfTheirStages(String f, String e, String b, String s, String d) {
      addLogin(ID, f, e, b, s, d);

      assertThat(store.select("SELECT id FROM compat_sso_logins")).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({
      "-, e, -, s, -", "-, e, b, s, d", "f, e, b, -, d", "f, -, -, -, d", "f, -, b, s, d",
      "-, -, b, -, -", "-, -, -, s, -", "-, -, -, -, d", "f, -, b, -, -", "f, e, b, s, -"
    })
    void areInNoOther(String f, String e, String b, String s, String d) {
      assertRefused(() -> addLogin(ID, f, e, b, s, d));
    }

    @Test
    void haveASessionEach() {
      addLogin(ID, "f", "e", "b", "s", "d");

      assertRefused(
          () ->
              store.sql(
                  """
                  INSERT INTO compat_sso_logins (id, redirect_uri, created_at, fulfilled_at, exchanged_at,
                    session_id, login_token_digest)
                  VALUES (%1$s, 'app:x', %2$s, %2$s, %2$s, %3$s, decode(repeat('02', 32), 'hex'))
                  """
                      .formatted(OTHER_ID, AT, SESSION)));
    }

    @Test
    void goWithTheirSessionAndTheirBrowserSession() {
      addLogin(ID, "f", "e", "b", "s", "d");
      store.sql("DELETE FROM compat_sessions");
      assertThat(store.select("SELECT id FROM compat_sso_logins")).isEmpty();

      addLogin(ID, "f", "-", "b", "-", "d");
      store.sql("DELETE FROM browser_sessions");
      assertThat(store.select("SELECT id FROM compat_sso_logins")).isEmpty();
    }

    private void addLogin(String id, String f, String e, String b, String s, String d) {
      store.sql(
          """
          INSERT INTO compat_sso_logins (id, redirect_uri, created_at, fulfilled_at, exchanged_at,
            browser_session_id, session_id, login_token_digest)
          VALUES (%s, 'app:x', %s, %s, %s, %s, %s, %s)
          """
              .formatted(
                  id,
                  AT,
                  given(f, AT),
                  given(e, AT),
                  given(b, BROWSER_SESSION),
                  given(s, SESSION),
                  given(d, DIGEST)));
    }

    private static String given(String mark, String value) {
      return mark.equals("-") ? "NULL" : value;
    }
  }

  private void addSession(String id, String user, String browserSession, String device) {
    store.sql(
        """
        INSERT INTO compat_sessions (id, user_id, browser_session_id, device_id, is_synapse_admin, created_at)
        VALUES (%s, %s, %s, %s, false, %s)
        """
            .formatted(id, user, browserSession, device, AT));
  }

  private static void assertRefused(Runnable change) {
    assertThatIllegalStateException()
        .isThrownBy(change::run)
        .withMessageMatching("(?s).*violates.*");
  }
}
