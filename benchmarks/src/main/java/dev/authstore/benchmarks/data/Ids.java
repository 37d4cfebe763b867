package dev.authstore.benchmarks.data;

import dev.authstore.benchmarks.Database;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;

/**
 * Ids of what a population has, by their numbers.
 *
 * @param sessions of the first authorizations
 */
public record Ids(List<UUID> clients, List<UUID> accounts, List<UUID> sessions) {

  public static Ids of(Database database, int sessions) throws SQLException {
    return new Ids(
        database.ids("SELECT id FROM population.clients ORDER BY n"),
        database.ids("SELECT id FROM population.accounts ORDER BY n"),
        database.ids(
            "SELECT session_id FROM population.authorizations WHERE n < %d ORDER BY n"
                .formatted(sessions)));
  }

  /** The client of an authorization, a code or a device code. */
  public UUID client(int number) {
    return clients.get(number % clients.size());
  }

  public UUID account(int number) {
    return accounts.get(number % accounts.size());
  }
}
