package dev.authstore.benchmarks.data;

import dev.authstore.benchmarks.Database;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.function.IntFunction;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/**
 * The same clients, accounts, authorizations and pending codes for all peers: made once as plain
 * tables in the schema {@code population}, from which each peer's own tables are filled.
 *
 * @param authorizations with an access token and a refresh token each
 * @param peers how many spend codes and refresh tokens
 * @param codesPerPeer approved and not yet exchanged: of browsers, and as many of devices
 */
public record Population(int authorizations, int peers, int codesPerPeer) {
  public static final int CLIENTS = 1_000;
  public static final String REDIRECT_URI = "https://application.example.com/callback";

  /** One account in ten authorizations has a browser session that started them. */
  private static final int AUTHORIZATIONS_PER_ACCOUNT = 10;

  /** How many authorizations keep the tokens they were made with. */
  public int untouched() {
    return authorizations - peers * Share.REFRESHED;
  }

  public int accounts() {
    return authorizations / AUTHORIZATIONS_PER_ACCOUNT;
  }

  public void create(Database database) throws SQLException, IOException {
    database.execute(
        "CREATE SCHEMA population",
        "CREATE UNLOGGED TABLE population.clients AS SELECT n, uuidv7() AS id FROM generate_series(0, %d - 1) n"
            .formatted(CLIENTS),
        """
        CREATE UNLOGGED TABLE population.accounts AS
        SELECT n, uuidv7() AS id, uuidv7() AS browser_session_id FROM generate_series(0, %d - 1) n
        """
            .formatted(accounts()),
        """
        CREATE UNLOGGED TABLE population.authorizations (
          n int, access_token text, refresh_token text, session_id uuid DEFAULT uuidv7(),
          access_token_id uuid DEFAULT uuidv7(), refresh_token_id uuid DEFAULT uuidv7())
        """,
        "CREATE UNLOGGED TABLE population.codes (n int, code text, id uuid DEFAULT uuidv7())",
        "CREATE UNLOGGED TABLE population.device_codes (n int, code text, id uuid DEFAULT uuidv7())");
    try (Connection connection = database.dataSource().getConnection()) {
      copy(
          connection,
          "authorizations (n, access_token, refresh_token)",
          authorizations,
          n -> Texts.accessToken(n) + "\t" + Texts.refreshToken(n));
      copy(connection, "codes (n, code)", peers * codesPerPeer, Texts::code);
      copy(connection, "device_codes (n, code)", peers * codesPerPeer, Texts::deviceCode);
    }
    for (String table :
        new String[] {"clients", "accounts", "authorizations", "codes", "device_codes"}) {
      database.execute(
          "CREATE INDEX ON population.%s (n)".formatted(table), "ANALYZE population." + table);
    }
  }

  private static void copy(
      Connection connection, String target, int rows, IntFunction<String> columns)
      throws SQLException {
    CopyIn copy =
        connection
            .unwrap(PGConnection.class)
            .getCopyAPI()
            .copyIn("COPY population." + target + " FROM STDIN");
    for (int n = 0; n < rows; n++) {
      byte[] line = (n + "\t" + columns.apply(n) + "\n").getBytes(StandardCharsets.UTF_8);
      copy.writeToCopy(line, 0, line.length);
    }
    copy.endCopy();
  }
}
