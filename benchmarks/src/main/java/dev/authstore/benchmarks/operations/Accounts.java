package dev.authstore.benchmarks.operations;

import dev.authstore.benchmarks.Database;
import dev.authstore.benchmarks.data.Ids;
import dev.authstore.benchmarks.data.Population;
import dev.authstore.benchmarks.data.Share;
import dev.authstore.benchmarks.data.Texts;
import dev.authstore.model.SessionActivity;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.BrowserSessionStage;
import dev.authstore.model.user.Password;
import dev.authstore.model.user.User;
import dev.authstore.storage.RepositoryFactory;
import java.net.InetAddress;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/** What operations are given: rows that are there, and names that are not. */
final class Accounts {
  private static final int ACTIVE = 500;
  private static final Optional<InetAddress> ADDRESS =
      Optional.of(InetAddress.getLoopbackAddress());
  private static final AtomicLong ADDED = new AtomicLong();

  private final Known known;
  private final Share share;
  private final int choice;

  private Accounts(Known known, Share share, int choice) {
    this.known = known;
    this.share = share;
    this.choice = choice;
  }

  /**
   * What is there, by number.
   *
   * @param active sessions whose activity is recorded
   */
  private record Known(
      List<UUID> users,
      List<UUID> passwords,
      List<UUID> browserSessions,
      List<OAuth2Client> clients,
      List<UUID> active) {}

  /** Those of one side, which alone may use the codes and refresh tokens of its share. */
  static Accounts of(
      Database database, Population population, RepositoryFactory repositories, int share)
      throws SQLException {
    Ids ids = Ids.of(database, ACTIVE);
    Map<UUID, OAuth2Client> clients =
        repositories.read(repo -> repo.oauth2Clients().loadBatch(Set.copyOf(ids.clients())));
    Known known =
        new Known(
            ids.accounts(),
            database.ids(
                "SELECT p.id FROM population.accounts a JOIN %s.user_passwords p ON p.user_id = a.id ORDER BY a.n"
                    .formatted(database.schema())),
            database.ids("SELECT browser_session_id FROM population.accounts ORDER BY n"),
            ids.clients().stream().map(clients::get).toList(),
            ids.sessions());
    return new Accounts(known, new Share(population, share), ids.accounts().size());
  }

  /** A choice of one. */
  Accounts onlyOne() {
    return new Accounts(known, share, 1);
  }

  User user() {
    return user(any());
  }

  /** A user, and the password that is known of it. */
  record WithPassword(User user, Password password) {}

  WithPassword userWithPassword() {
    int number = any();
    User user = user(number);
    return new WithPassword(
        user,
        new Password(
            known.passwords().get(number), user.id(), "", 1, Optional.empty(), Instant.EPOCH));
  }

  UUID browserSessionId() {
    return known.browserSessions().get(any());
  }

  BrowserSession browserSession() {
    int number = any();
    return new BrowserSession(
        known.browserSessions().get(number),
        user(number),
        Instant.EPOCH,
        new BrowserSessionStage.Active(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  OAuth2Client client() {
    return client(any());
  }

  String accessToken() {
    return choice == 1 ? Texts.accessToken(0) : share.accessToken();
  }

  /** The refresh token of a session that nobody refreshes. */
  String untouchedRefreshToken() {
    return Texts.refreshToken(choice == 1 ? 0 : share.authorization());
  }

  String compatToken() {
    return Texts.compatToken(any());
  }

  String personalToken() {
    return Texts.personalToken(any());
  }

  /** The first sessions, used just now. */
  List<SessionActivity> activity() {
    Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
    return known.active().stream().map(id -> new SessionActivity(id, now, ADDRESS)).toList();
  }

  /** A code that can be used once, with its client. */
  Issued code() {
    int number = share.nextCode();
    return new Issued(client(number), Texts.code(number));
  }

  /** A device code that can be used once, with its client. */
  Issued deviceCode() {
    int number = share.nextDeviceCode();
    return new Issued(client(number), Texts.deviceCode(number));
  }

  /** A refresh token that can be used once, with its client. */
  Issued refreshToken() {
    int number = share.nextRefreshed();
    return new Issued(client(number), share.refreshToken());
  }

  /** What a client was given. */
  record Issued(OAuth2Client client, String text) {}

  void refreshed(String successor) {
    share.refreshed(successor);
  }

  String newUsername() {
    return "added-" + ADDED.incrementAndGet();
  }

  private User user(int number) {
    return new User(
        known.users().get(number),
        Texts.username(number),
        Instant.EPOCH,
        Optional.empty(),
        Optional.empty(),
        false,
        false);
  }

  private OAuth2Client client(int number) {
    return known.clients().get(number % known.clients().size());
  }

  private int any() {
    return ThreadLocalRandom.current().nextInt(choice);
  }
}
