package dev.authstore.benchmarks.flows;

import dev.authstore.benchmarks.data.AuthstoreTables;
import dev.authstore.benchmarks.data.Ids;
import dev.authstore.benchmarks.data.Share;
import dev.authstore.benchmarks.data.Texts;
import dev.authstore.model.IdGenerator;
import dev.authstore.model.TokenDigest;
import dev.authstore.model.TokenKind;
import dev.authstore.storage.page.CleanupResult;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One statement for each step, in one transaction, as Matrix Authentication Service does it: the
 * same steps in the same order on the tables and indexes of Authstore. Rows are read column by
 * column and not made into records.
 */
final class SequencePeer implements Peer {
  private static final Duration TTL = Duration.ofMinutes(5);

  private final String title;
  private final Statements.Transactions transactions;
  private final Share share;
  private final Ids ids;
  private final Expired expired;
  private final SecureRandom random = new SecureRandom();
  private final IdGenerator newIds = new IdGenerator(random);

  SequencePeer(
      String title, Statements.Transactions transactions, Share share, Ids ids, Expired expired) {
    this.title = title;
    this.transactions = transactions;
    this.share = share;
    this.ids = ids;
    this.expired = expired;
  }

  @Override
  public String title() {
    return title;
  }

  @Override
  public Set<Flow> flows() {
    return EnumSet.allOf(Flow.class);
  }

  @Override
  public void prepare(Flow flow) throws SQLException {
    expired.prepare(flow);
  }

  @Override
  public Object run(Flow flow) {
    return switch (flow) {
      case INTROSPECTION -> transactions.run(this::introspect);
      case CODE_EXCHANGE -> transactions.run(this::exchange);
      case REFRESH -> transactions.run(this::refresh);
      case CLIENT_CREDENTIALS -> transactions.run(this::startClientCredentials);
      case DEVICE_EXCHANGE -> transactions.run(this::exchangeDevice);
      case LOGIN -> transactions.run(this::findForLogin);
      case SESSIONS ->
          transactions.run(
              sql ->
                  sql.rows(Sequence.SESSIONS_OF_USER, ids.account(share.account()), Expired.PAGE));
      case ACTIVITY -> transactions.run(this::recordActivity);
      case CLEANUP -> expired.inBatches(this::cleanUp);
    };
  }

  private Object introspect(Statements sql) {
    List<@Nullable Object> token = row(sql, Sequence.ACCESS_TOKEN, digest(share.accessToken()));
    List<@Nullable Object> session = row(sql, Sequence.SESSION, token.get(1));
    List<@Nullable Object> user = row(sql, Sequence.USER, session.get(2));
    return List.of(token, session, user);
  }

  private Object exchange(Statements sql) {
    int number = share.nextCode();
    OffsetDateTime now = now();
    row(sql, Sequence.CLIENT, ids.client(number));
    List<@Nullable Object> grant = row(sql, Sequence.GRANT, digest(Texts.code(number)));
    UUID session = begin(sql, grant.get(1), grant.get(2), grant.get(5), now);
    change(sql, Sequence.EXCHANGE, now, session, grant.get(0));
    return List.of(grant, session);
  }

  private Object exchangeDevice(Statements sql) {
    int number = share.nextDeviceCode();
    OffsetDateTime now = now();
    row(sql, Sequence.CLIENT, ids.client(number));
    List<@Nullable Object> grant =
        row(sql, Sequence.GRANT_OF_DEVICE, digest(Texts.deviceCode(number)));
    UUID session = begin(sql, grant.get(1), grant.get(2), grant.get(3), now);
    change(sql, Sequence.EXCHANGE_DEVICE, now, session, grant.get(0));
    return List.of(grant, session);
  }

  /** The session of a browser session, its last authentication, and both tokens. */
  private UUID begin(
      Statements sql,
      @Nullable Object client,
      @Nullable Object browserSession,
      @Nullable Object scope,
      OffsetDateTime now) {
    List<@Nullable Object> browser = row(sql, Sequence.BROWSER_SESSION, browserSession);
    UUID session = id(now);
    change(sql, Sequence.ADD_SESSION, session, browser.get(6), browser.get(0), client, scope, now);
    change(sql, Sequence.SET_USER_AGENT, AuthstoreTables.USER_AGENT, session);
    row(sql, Sequence.LAST_AUTHENTICATION, browser.get(0));
    UUID accessToken = addAccessToken(sql, session, now);
    addRefreshToken(sql, session, accessToken, TokenKind.REFRESH_TOKEN.generate(random), now);
    row(sql, Sequence.LOCK_USER, id(browser, 6).getLeastSignificantBits());
    return session;
  }

  private Object refresh(Statements sql) {
    int number = share.nextRefreshed();
    OffsetDateTime now = now();
    List<@Nullable Object> client = row(sql, Sequence.CLIENT, ids.client(number));
    List<@Nullable Object> token = row(sql, Sequence.REFRESH_TOKEN, digest(share.refreshToken()));
    List<@Nullable Object> session = row(sql, Sequence.SESSION, token.get(1));
    change(sql, Sequence.SET_USER_AGENT, AuthstoreTables.USER_AGENT, session.get(0));
    UUID accessToken = addAccessToken(sql, id(session, 0), now);
    String successor = TokenKind.REFRESH_TOKEN.generate(random);
    UUID refreshToken = addRefreshToken(sql, id(session, 0), accessToken, successor, now);
    change(sql, Sequence.CONSUME, now, refreshToken, token.get(0));
    List<@Nullable Object> previous = row(sql, Sequence.ACCESS_TOKEN_BY_ID, token.get(2));
    change(sql, Sequence.REVOKE, now, previous.get(0));
    share.refreshed(successor);
    return List.of(client, session, accessToken, refreshToken);
  }

  private Object startClientCredentials(Statements sql) {
    OffsetDateTime now = now();
    List<@Nullable Object> client = row(sql, Sequence.CLIENT, ids.client(share.client()));
    UUID session = id(now);
    String[] scope = {AuthstorePeer.SCOPE};
    change(sql, Sequence.ADD_SESSION, session, null, null, client.get(0), scope, now);
    change(sql, Sequence.SET_USER_AGENT, AuthstoreTables.USER_AGENT, session);
    return List.of(client, session, addAccessToken(sql, session, now));
  }

  private Object findForLogin(Statements sql) {
    List<@Nullable Object> user = row(sql, Sequence.USER_BY_NAME, Texts.username(share.account()));
    return List.of(user, row(sql, Sequence.PASSWORD, user.get(0)));
  }

  private Object recordActivity(Statements sql) {
    String[] sessions = ids.sessions().stream().map(UUID::toString).toArray(String[]::new);
    String[] times = new String[sessions.length];
    String[] addresses = new String[sessions.length];
    Arrays.fill(times, Instant.now().toString());
    Arrays.fill(addresses, AuthstorePeer.IP);
    return sql.change(Sequence.RECORD_ACTIVITY, sessions, times, addresses);
  }

  private CleanupResult<Instant> cleanUp(Optional<Instant> since) {
    OffsetDateTime from = since.orElse(Instant.EPOCH).atOffset(ZoneOffset.UTC);
    OffsetDateTime until = Expired.until().atOffset(ZoneOffset.UTC);
    List<?> gone =
        (List<?>) transactions.run(sql -> row(sql, Sequence.CLEAN_UP, from, until, Expired.BATCH));
    return new CleanupResult<>(
        ((Long) gone.get(0)).intValue(),
        Optional.ofNullable((Timestamp) gone.get(1)).map(Timestamp::toInstant));
  }

  private UUID addAccessToken(Statements sql, UUID session, OffsetDateTime now) {
    UUID id = id(now);
    byte[] digest = digest(TokenKind.ACCESS_TOKEN.generate(random));
    change(sql, Sequence.ADD_ACCESS_TOKEN, id, session, digest, now, now.plus(TTL));
    return id;
  }

  private UUID addRefreshToken(
      Statements sql, UUID session, UUID accessToken, String text, OffsetDateTime now) {
    UUID id = id(now);
    change(sql, Sequence.ADD_REFRESH_TOKEN, id, session, accessToken, digest(text), now);
    return id;
  }

  private static UUID id(List<@Nullable Object> row, int column) {
    return (UUID) Objects.requireNonNull(row.get(column));
  }

  private UUID id(OffsetDateTime now) {
    return newIds.next(now.toInstant());
  }

  private static OffsetDateTime now() {
    return Instant.now().truncatedTo(ChronoUnit.MICROS).atOffset(ZoneOffset.UTC);
  }

  private static byte[] digest(String text) {
    return TokenDigest.of(text).toBytes();
  }

  private static List<@Nullable Object> row(
      Statements statements, String sql, @Nullable Object... values) {
    List<List<@Nullable Object>> rows = statements.rows(sql, values);
    if (rows.isEmpty()) {
      throw new IllegalStateException("no row: " + sql);
    }
    return rows.get(0);
  }

  private static void change(Statements statements, String sql, @Nullable Object... values) {
    if (statements.change(sql, values) != 1) {
      throw new IllegalStateException("not one row: " + sql);
    }
  }
}
