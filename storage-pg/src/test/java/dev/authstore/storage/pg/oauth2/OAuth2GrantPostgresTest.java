package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.oauth2.Grants.CODE;
import static dev.authstore.storage.pg.oauth2.Grants.DEVICE_CODE;
import static dev.authstore.storage.pg.oauth2.Grants.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.authstore.model.Ids;
import dev.authstore.model.oauth2.OAuth2AuthorizationGrant;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2DeviceCodeGrant;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.storage.ConstraintViolationException;
import dev.authstore.storage.InvalidDataException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StorageObserver;
import dev.authstore.storage.StorageSettings;
import dev.authstore.storage.oauth2.CodeExchange;
import dev.authstore.storage.oauth2.DevicePoll;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.pg.Authstore;
import dev.authstore.storage.pg.PgRepository;
import dev.authstore.storage.pg.Store;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is stored of grants, what goes with them, and what they wait for. */
class OAuth2GrantPostgresTest {
  private static final String GRANTS = "oauth2_authorization_grants";
  private static final String DEVICE_GRANTS = "oauth2_device_code_grants";

  @RegisterExtension final Store store = Store.fresh();

  private final Grants grants = new Grants(store);

  @Nested
  class Codes {
    @Test
    void areStoredAsDigests() {
      OAuth2Client client = grants.client();
      grants.fulfilled(client, grants.browser());
      grants.devicePending(client);

      assertThat(grants.row(GRANTS)).allSatisfy(row -> assertThat(row).doesNotContain(CODE));
      assertThat(grants.row(DEVICE_GRANTS))
          .allSatisfy(row -> assertThat(row).doesNotContain(DEVICE_CODE));
      assertThat(digests(GRANTS, "code_digest", CODE)).isOne();
      assertThat(digests(DEVICE_GRANTS, "device_code_digest", DEVICE_CODE)).isOne();
    }

    @Test
    void ofRequestsThatNobodyApprovedDoNotExist() {
      OAuth2Client client = grants.client();
      grants.pending(client);
      grants.cancelled(grants.pending(client));

      assertThat(store.select("SELECT id FROM " + GRANTS + " WHERE code_digest IS NOT NULL"))
          .isEmpty();
    }

    @Test
    void areNotSharedByRequests() {
      OAuth2Client client = grants.client();
      BrowserSession browser = grants.browser();
      grants.fulfilled(client, browser);
      OAuth2AuthorizationGrant pending = grants.pending(client);

      assertThatThrownBy(() -> grants.fulfilled(pending, browser, CODE))
          .isInstanceOfSatisfying(
              ConstraintViolationException.class,
              violation ->
                  assertThat(violation.constraint()).contains(GRANTS + "_code_digest_key"));
      assertThat(grants.stored(pending)).contains(pending);
    }

    private int digests(String table, String column, String code) {
      return store
          .select(
              "SELECT id FROM " + table + " WHERE " + column + " = sha256(convert_to(?, 'UTF8'))",
              code)
          .size();
    }
  }

  @Nested
  class Deletion {
    @Test
    void ofTheBrowserSessionTakesGrantsAlong() {
      OAuth2Client client = grants.client();
      BrowserSession browser = grants.browser();
      OAuth2AuthorizationGrant pending = grants.pending(client);
      grants.fulfilled(client, browser);
      grants.deviceFulfilled(client, browser);

      store.sql("DELETE FROM browser_sessions");

      assertThat(store.select("SELECT id FROM " + GRANTS)).containsExactly(pending.id().toString());
      assertThat(store.select("SELECT id FROM " + DEVICE_GRANTS)).isEmpty();
      assertThat(Grants.reason(grants.exchange(client)))
          .isEqualTo(CodeExchange.Reason.UNKNOWN_CODE);
      assertThat(grants.poll(client)).isEqualTo(new DevicePoll.Unknown());
    }

    @Test
    void ofTheSessionTakesItsGrantAlong() {
      OAuth2Client client = grants.client();
      BrowserSession browser = grants.browser();
      grants.fulfilled(client, browser);
      grants.deviceFulfilled(client, browser);
      grants.exchange(client);
      grants.poll(client);

      store.sql("DELETE FROM oauth2_sessions");

      assertThat(store.select("SELECT id FROM " + GRANTS)).isEmpty();
      assertThat(store.select("SELECT id FROM " + DEVICE_GRANTS)).isEmpty();
      assertThat(grants.sessionsAndTokens()).containsExactly(0, 0, 0);
    }

    @Test
    void ofTheClientTakesEverythingAlong() {
      OAuth2Client client = grants.client();
      BrowserSession browser = grants.browser();
      grants.pending(client);
      grants.fulfilled(client, browser);
      grants.exchange(client);
      grants.deviceRejected(grants.devicePending(client), browser);

      store.run(repo -> repo.oauth2Clients().delete(client));

      assertThat(store.select("SELECT id FROM " + GRANTS)).isEmpty();
      assertThat(store.select("SELECT id FROM " + DEVICE_GRANTS)).isEmpty();
      assertThat(grants.sessionsAndTokens()).containsExactly(0, 0, 0);
    }
  }

  @Nested
  class Waiting {
    @Test
    void forTheBrowserSessionEndsWithItsDeletion() {
      OAuth2Client client = grants.client();
      BrowserSession browser = grants.browser();
      OAuth2AuthorizationGrant pending = grants.pending(client);
      Store.Held<Integer> first = held("DELETE FROM browser_sessions");
      Future<OAuth2AuthorizationGrant> second =
          store.start(
              repo ->
                  repo.oauth2AuthorizationGrants().fulfill(pending, browser, Optional.of(CODE)));
      store.awaitBlocked(1);

      first.save();

      assertMissing(second, "browser_session", browser.id());
      assertThat(grants.stored(pending)).contains(pending);
    }

    @Test
    void forTheSessionEndsWithItsDeletion() {
      OAuth2Client client = grants.client();
      OAuth2AuthorizationGrant grant = grants.fulfilled(client, grants.browser());
      OAuth2Session session = grants.session(client);
      Store.Held<Integer> first = held("DELETE FROM oauth2_sessions");
      Future<OAuth2AuthorizationGrant> second =
          store.start(repo -> repo.oauth2AuthorizationGrants().exchange(grant, session));
      store.awaitBlocked(1);

      first.save();

      assertMissing(second, "oauth2_session", session.id());
      assertThat(grants.stored(grant)).contains(grant);
    }

    @Test
    void forTheGrantEndsWithItsDeletion() {
      OAuth2DeviceCodeGrant pending = grants.devicePending(grants.client());
      BrowserSession browser = grants.browser();
      Store.Held<Integer> first = held("DELETE FROM oauth2_device_code_grants");
      Future<OAuth2DeviceCodeGrant> second =
          store.start(repo -> repo.oauth2DeviceCodeGrants().reject(pending, browser));
      store.awaitBlocked(1);

      first.save();

      assertMissing(second, "oauth2_device_code_grant", pending.id());
    }

    @Test
    void forTheGrantOfACodeEndsWithItsDeletion() throws Exception {
      OAuth2Client client = grants.client();
      grants.fulfilled(client, grants.browser());
      Store.Held<Integer> first = held("DELETE FROM oauth2_authorization_grants");
      Future<CodeExchange> second =
          store.start(repo -> Grants.exchange(repo, client, Grants.presented(CODE), 1));
      store.awaitBlocked(1);

      first.save();

      assertThat(Grants.reason(get(second))).isEqualTo(CodeExchange.Reason.UNKNOWN_CODE);
      assertThat(grants.sessionsAndTokens()).containsExactly(0, 0, 0);
    }

    @Test
    void forAClientThatIsBeingDeletedHoldsNoGrantOfACode() throws Exception {
      OAuth2Client client = grants.client();
      OAuth2AuthorizationGrant grant = grants.fulfilled(client, grants.browser());
      OAuth2Session session = grants.session(client);

      Future<?> exchange =
          startWhileTheClientIsDeleted(
              client, repo -> repo.oauth2AuthorizationGrants().exchange(grant, session));

      assertMissing(exchange, "oauth2_authorization_grant", grant.id());
      assertThat(store.statements()).noneMatch(sent -> sent.sqlState().isPresent());
    }

    @Test
    void forAClientThatIsBeingDeletedHoldsNoGrantOfADevice() throws Exception {
      OAuth2Client client = grants.client();
      OAuth2DeviceCodeGrant grant = grants.deviceFulfilled(client, grants.browser());
      OAuth2Session session = grants.session(client);

      Future<?> exchange =
          startWhileTheClientIsDeleted(
              client, repo -> repo.oauth2DeviceCodeGrants().exchange(grant, session));

      assertMissing(exchange, "oauth2_device_code_grant", grant.id());
      assertThat(store.statements()).noneMatch(sent -> sent.sqlState().isPresent());
    }

    @Test
    void isNothingThatACleanupDoes() {
      OAuth2Client client = grants.client();
      OAuth2AuthorizationGrant locked = grants.pending(client);
      OAuth2AuthorizationGrant free = grants.pending(client);
      OAuth2DeviceCodeGrant lockedToo = grants.devicePending(client);
      UUID until = Ids.maxAt(store.clock().instant());
      store.clock().advance(Duration.ofSeconds(1));
      Store.Held<Integer> holder = held("SELECT FROM oauth2_authorization_grants", locked.id());
      Store.Held<Integer> other = held("SELECT FROM oauth2_device_code_grants", lockedToo.id());

      CleanupResult<UUID> cleaned =
          store.write(
              repo -> repo.oauth2AuthorizationGrants().cleanup(Optional.empty(), until, 10));
      CleanupResult<UUID> nothing =
          store.write(repo -> repo.oauth2DeviceCodeGrants().cleanup(Optional.empty(), until, 10));
      holder.cancel();
      other.cancel();

      assertThat(cleaned).isEqualTo(new CleanupResult<>(1, Optional.of(free.id())));
      assertThat(nothing).isEqualTo(new CleanupResult<>(0, Optional.empty()));
    }

    /** The deletion has the session and not yet the grant, as it waits for another session. */
    private Future<?> startWhileTheClientIsDeleted(
        OAuth2Client client, Function<RepositoryAccess, ?> work) throws Exception {
      OAuth2Session last = grants.session(client);
      Store.Held<Integer> holder = held("SELECT FROM oauth2_sessions", last.id());
      Future<Boolean> deletion =
          store.start(
              repo -> {
                repo.oauth2Clients().delete(client);
                return true;
              });
      store.awaitBlocked(1);
      Future<?> started = store.start(work);
      store.awaitBlocked(2);
      holder.cancel();

      assertThat(get(deletion)).isTrue();
      return started;
    }

    private Store.Held<Integer> held(String statement) {
      String sql = statement.replace("FROM ", "FROM authstore.");
      return store.hold(repo -> ((PgRepository) repo).dsl().execute(sql));
    }

    private Store.Held<Integer> held(String select, UUID id) {
      return held(select + " WHERE id = '" + id + "' FOR UPDATE");
    }

    private static void assertMissing(Future<?> future, String aggregate, UUID id) {
      assertThatThrownBy(() -> get(future))
          .cause()
          .isInstanceOfSatisfying(
              NotFoundException.class,
              refusal -> {
                assertThat(refusal.aggregate()).isEqualTo(aggregate);
                assertThat(refusal.id()).isEqualTo(id);
              });
    }
  }

  @Nested
  class Polling {
    @Test
    void isNeverTooFastIfTheSettingsSaySo() {
      OAuth2Client client = grants.client();
      grants.devicePending(client);
      StorageSettings settings = store.settings();
      RepositoryFactory repositories =
          Authstore.using(
                  store.dataSource(),
                  store.schema(),
                  settings.limits(settings.limits().devicePollInterval(Duration.ZERO)))
              .repositories();
      List<String> before = grants.row(DEVICE_GRANTS);

      List<DevicePoll> polls =
          List.of(
              repositories.direct(repo -> Grants.poll(repo, client, 1)),
              repositories.direct(repo -> Grants.poll(repo, client, 2)));

      assertThat(polls).containsOnly(new DevicePoll.Pending());
      assertThat(grants.row(DEVICE_GRANTS)).isEqualTo(before);
    }

    @Test
    void isOneStatementWhateverTheAnswer() {
      OAuth2Client client = grants.client();
      BrowserSession ended = grants.browser();
      grants.deviceFulfilled(grants.devicePending(client, "ended", "1"), ended);
      store.run(repo -> repo.browserSessions().finish(ended));
      BrowserSession browser = grants.browser();
      grants.deviceFulfilled(grants.devicePending(client, "approved", "2"), browser);
      grants.deviceRejected(grants.devicePending(client, "rejected", "3"), browser);
      grants.devicePending(client, "pending", "4");
      store.statements();

      List<String> answers =
          Stream.of("other", "pending", "pending", "rejected", "ended", "approved", "approved")
              .map(code -> answer(client, code))
              .toList();
      store.clock().advance(Duration.ofMinutes(20));
      String late = answer(client, "pending");

      assertThat(store.statements())
          .extracting(StorageObserver.Statement::operation)
          .hasSize(8)
          .containsOnly("oauth2_device_code_grant.poll");
      assertThat(answers)
          .containsExactly(
              "Unknown",
              "Pending",
              "SlowDown",
              "Rejected",
              "BrowserSessionEnded",
              "Exchanged",
              "Unknown");
      assertThat(late).isEqualTo("Expired");
    }

    private String answer(OAuth2Client client, String code) {
      DevicePoll poll =
          store
              .repositories()
              .direct(
                  repo ->
                      repo.oauth2DeviceCodeGrants()
                          .poll(client, code, Grants.tokens(1), Optional.empty()));
      return poll.getClass().getSimpleName();
    }
  }

  @Nested
  class Rows {
    @ParameterizedTest
    @CsvSource({
      "scope, '{\"a b\"}'",
      "redirect_uri, 'not a uri'",
      "raw_parameters, '{\"a\": 1}'",
    })
    void ofAuthorizationGrantsThatCannotBeReadAreNamed(String column, String value) {
      OAuth2AuthorizationGrant grant = grants.pending(grants.client());
      corrupt(GRANTS, column, value);

      assertNamed(() -> grants.stored(grant), GRANTS, column, grant.id());
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"a b\"}", "{\"\"}"})
    void ofDeviceCodeGrantsThatCannotBeReadAreNamed(String scope) {
      OAuth2DeviceCodeGrant grant = grants.devicePending(grants.client());
      corrupt(DEVICE_GRANTS, "scope", scope);

      assertNamed(() -> grants.stored(grant), DEVICE_GRANTS, "scope", grant.id());
    }

    @ParameterizedTest
    @CsvSource({
      "'fulfilled_at = NULL, code_digest = NULL', browser_session_id",
      "browser_session_id = NULL, browser_session_id",
      "cancelled_at = created_at, cancelled_at",
      "session_id = (SELECT id FROM oauth2_sessions), session_id",
      "exchanged_at = created_at, session_id",
    })
    void ofAuthorizationGrantsThatAreInNoStageAreNamed(String change, String column) {
      OAuth2Client client = grants.client();
      OAuth2AuthorizationGrant grant = grants.fulfilled(client, grants.browser());
      grants.session(client);
      contradict(GRANTS, change);

      assertNamed(() -> grants.stored(grant), GRANTS, column, grant.id());
    }

    @ParameterizedTest
    @CsvSource({
      "fulfilled_at = NULL, browser_session_id",
      "browser_session_id = NULL, browser_session_id",
      "rejected_at = created_at, rejected_at",
      "session_id = (SELECT id FROM oauth2_sessions), session_id",
      "exchanged_at = created_at, session_id",
    })
    void ofDeviceCodeGrantsThatAreInNoStageAreNamed(String change, String column) {
      OAuth2Client client = grants.client();
      OAuth2DeviceCodeGrant grant = grants.deviceFulfilled(client, grants.browser());
      grants.session(client);
      contradict(DEVICE_GRANTS, change);

      assertNamed(() -> grants.stored(grant), DEVICE_GRANTS, column, grant.id());
    }

    private void contradict(String table, String change) {
      store.sql("ALTER TABLE " + table + " DROP CONSTRAINT " + table + "_stage_check");
      store.sql("UPDATE " + table + " SET " + change);
    }

    private static void assertNamed(
        ThrowingCallable reading, String table, String column, UUID id) {
      assertThatThrownBy(reading)
          .isInstanceOfSatisfying(
              InvalidDataException.class,
              e -> {
                assertThat(e.table()).isEqualTo(table);
                assertThat(e.column()).isEqualTo(column);
                assertThat(e.id()).contains(id);
              });
    }

    private void corrupt(String table, String column, String value) {
      store.sql("UPDATE " + table + " SET " + column + " = '" + value + "'");
    }
  }
}
