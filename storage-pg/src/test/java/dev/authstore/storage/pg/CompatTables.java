package dev.authstore.storage.pg;

import dev.authstore.model.Device;
import dev.authstore.model.compat.CompatAccessToken;
import dev.authstore.model.compat.CompatRefreshToken;
import dev.authstore.model.compat.CompatSession;
import dev.authstore.model.compat.CompatSsoLogin;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.storage.compat.CompatSessionFilter;
import dev.authstore.storage.compat.CompatSessionParams;
import dev.authstore.storage.compat.CompatSessionWithLogin;
import dev.authstore.storage.compat.CompatSsoLoginFilter;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** What guards the tables of the older login API. */
final class CompatTables {
  /** What becomes of a violation. Whoever adds a constraint adds its line. */
  static final Map<String, String> OUTCOMES =
      Map.ofEntries(
          Map.entry("compat_sessions_user_id_fk", "NotFoundException from add"),
          Map.entry("compat_sessions_browser_session_id_fk", "NotFoundException from add"),
          Map.entry("compat_sessions_device_id_check", "exempt: a device has an id of that length"),
          Map.entry(
              "compat_sessions_human_name_check", "InvalidInputException from add, setHumanName"),
          Map.entry("compat_sessions_user_agent_check", "exempt: the text is cut"),
          Map.entry("compat_sessions_last_active_ip_check", "exempt: written together only"),
          Map.entry("compat_access_tokens_session_id_id_key", "exempt: implied by the primary key"),
          Map.entry("compat_access_tokens_token_digest_key", "ConflictException from add"),
          Map.entry("compat_access_tokens_session_id_fk", "NotFoundException from add"),
          Map.entry("compat_access_tokens_token_digest_check", "exempt: a digest has 32 bytes"),
          Map.entry("compat_refresh_tokens_token_digest_key", "ConflictException from add"),
          Map.entry("compat_refresh_tokens_session_id_fk", "NotFoundException from add"),
          Map.entry("compat_refresh_tokens_access_token_id_fk", "NotFoundException from add"),
          Map.entry("compat_refresh_tokens_token_digest_check", "exempt: a digest has 32 bytes"),
          Map.entry("compat_sso_logins_session_id_key", "ConflictException from exchange"),
          Map.entry("compat_sso_logins_login_token_digest_key", "ConflictException from fulfill"),
          Map.entry("compat_sso_logins_browser_session_id_fk", "NotFoundException from fulfill"),
          Map.entry("compat_sso_logins_session_id_fk", "NotFoundException from exchange"),
          Map.entry("compat_sso_logins_redirect_uri_check", "InvalidInputException from add"),
          Map.entry("compat_sso_logins_login_token_digest_check", "exempt: a digest has 32 bytes"),
          Map.entry("compat_sso_logins_login_token_check", "exempt: written together only"),
          Map.entry(
              "compat_sso_logins_stage_check", "InvalidStateException from fulfill, exchange"),
          Map.entry("compat_sessions_active_key", "ConflictException from add"));

  /** How each table is kept from growing for ever. Whoever adds a table adds its line. */
  static final Map<String, String> CLEANUPS =
      Map.ofEntries(
          Map.entry("compat_sessions", "compat_session.cleanup_finished"),
          Map.entry("compat_access_tokens", "compat_access_token.cleanup_expired"),
          Map.entry("compat_refresh_tokens", "compat_refresh_token.cleanup_consumed"),
          Map.entry("compat_sso_logins", "compat_sso_login.cleanup_stale"));

  private CompatTables() {}

  /** An argument of each type of this group, stored where it is a row. */
  static void fill(Store store, Fixture fixture) {
    CompatSession session =
        store.write(
            repo ->
                repo.compatSessions()
                    .add(
                        fixture.user(),
                        new CompatSessionParams(
                            new Device("device"),
                            Optional.of(fixture.get(BrowserSession.class)),
                            false,
                            Optional.of(Fixture.CANARY + " phone"),
                            Optional.of(Fixture.CANARY + " agent"))));
    fixture.put(CompatSession.class, session);
    fixture.put(CompatSessionFilter.class, CompatSessionFilter.all().user(fixture.user().id()));
    fixture.put(CompatSessionParams.class, CompatSessionParams.of(new Device("another")));
    fillLogins(store, fixture);
    fillTokens(store, fixture, session);
  }

  private static void fillLogins(Store store, Fixture fixture) {
    URI redirect = URI.create("https://" + Fixture.CANARY + ".example.com/");
    BrowserSession browser = fixture.get(BrowserSession.class);
    CompatSsoLogin pending = store.write(repo -> repo.compatSsoLogins().add(redirect));
    CompatSsoLogin fulfilled =
        store.write(
            repo ->
                repo.compatSsoLogins()
                    .fulfill(
                        repo.compatSsoLogins().add(redirect), browser, Fixture.CANARY + " login"));
    fixture.put(CompatSsoLogin.class, pending);
    fixture.put("compat_sso_login.exchange", CompatSsoLogin.class, fulfilled);
    fixture.put(CompatSsoLoginFilter.class, CompatSsoLoginFilter.all().user(fixture.user().id()));
  }

  private static void fillTokens(Store store, Fixture fixture, CompatSession session) {
    CompatAccessToken access =
        store.write(
            repo ->
                repo.compatAccessTokens()
                    .add(session, Fixture.CANARY + " access", Optional.empty()));
    CompatRefreshToken token =
        store.write(
            repo -> repo.compatRefreshTokens().add(session, access, Fixture.CANARY + " refresh"));
    CompatRefreshToken successor =
        store.write(
            repo -> repo.compatRefreshTokens().add(session, access, Fixture.CANARY + " successor"));
    fixture.put(CompatAccessToken.class, access);
    fixture.put(CompatRefreshToken.class, token);
    fixture.put("compat_refresh_token.consume_and_replace", 1, successor);
  }

  /** The lists of this group, with so many rows in each. */
  static Map<String, PaginationContractTest.Walked> lists(Store store, int rows) {
    for (int i = 0; i < rows; i++) {
      store.sql(
          """
          INSERT INTO compat_sessions (id, user_id, is_synapse_admin, created_at)
          SELECT ?, id, false, now() FROM users WHERE username = ?
          """,
          new UUID(i * 0x2000_0000_0000_0000L, i * 0x7000_0000_0000_0000L + 1),
          "user " + i);
      store.sql(
          "INSERT INTO compat_sso_logins (id, redirect_uri, created_at) VALUES (?, 'app:x', now())",
          new UUID(i * 0x3000_0000_0000_0000L, i * 0x5000_0000_0000_0000L));
    }
    return Map.of(
        "CompatSessionRepository.list",
        new PaginationContractTest.Walked(
            rows,
            page -> store.read(repo -> repo.compatSessions().list(CompatSessionFilter.all(), page)),
            node -> ((CompatSessionWithLogin) node).session().id()),
        "CompatSsoLoginRepository.list",
        new PaginationContractTest.Walked(
            rows,
            page ->
                store.read(repo -> repo.compatSsoLogins().list(CompatSsoLoginFilter.all(), page)),
            node -> ((CompatSsoLogin) node).id()));
  }
}
