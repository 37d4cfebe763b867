package dev.authstore.benchmarks.operations;

import dev.authstore.benchmarks.Database;
import dev.authstore.benchmarks.data.Ids;
import dev.authstore.benchmarks.data.Population;
import dev.authstore.benchmarks.data.Share;
import dev.authstore.benchmarks.data.Texts;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.user.User;
import dev.authstore.storage.RepositoryFactory;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/** What operations are given: rows that are there, and names that are not. */
final class Accounts {
  private static final AtomicLong ADDED = new AtomicLong();

  private final List<UUID> users;
  private final List<UUID> browserSessions;
  private final List<OAuth2Client> clients;
  private final Share share;
  private final int choice;

  private Accounts(
      List<UUID> users,
      List<UUID> browserSessions,
      List<OAuth2Client> clients,
      Share share,
      int choice) {
    this.users = users;
    this.browserSessions = browserSessions;
    this.clients = clients;
    this.share = share;
    this.choice = choice;
  }

  /** Those of one side, which alone may use the refresh tokens of its share. */
  static Accounts of(
      Database database, Population population, RepositoryFactory repositories, int share)
      throws SQLException {
    Ids ids = Ids.of(database, 0);
    Map<UUID, OAuth2Client> clients =
        repositories.read(repo -> repo.oauth2Clients().loadBatch(Set.copyOf(ids.clients())));
    return new Accounts(
        ids.accounts(),
        database.ids("SELECT browser_session_id FROM population.accounts ORDER BY n"),
        ids.clients().stream().map(clients::get).toList(),
        new Share(population, share),
        ids.accounts().size());
  }

  /** A choice of one. */
  Accounts onlyOne() {
    return new Accounts(users, browserSessions, clients, share, 1);
  }

  User user() {
    int number = any();
    return new User(
        users.get(number),
        Texts.username(number),
        Instant.EPOCH,
        Optional.empty(),
        Optional.empty(),
        false,
        false);
  }

  UUID browserSession() {
    return browserSessions.get(any());
  }

  OAuth2Client client() {
    return clients.get(any() % clients.size());
  }

  String accessToken() {
    return choice == 1 ? Texts.accessToken(0) : share.accessToken();
  }

  /** A refresh token that can be used once, with its client. */
  Refreshed refreshed() {
    int number = share.nextRefreshed();
    return new Refreshed(clients.get(number % clients.size()), share.refreshToken());
  }

  /** A session's refresh token. */
  record Refreshed(OAuth2Client client, String token) {}

  void refreshed(String successor) {
    share.refreshed(successor);
  }

  String newUsername() {
    return "added-" + ADDED.incrementAndGet();
  }

  private int any() {
    return ThreadLocalRandom.current().nextInt(choice);
  }
}
