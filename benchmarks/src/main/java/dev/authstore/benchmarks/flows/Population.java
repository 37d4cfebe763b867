package dev.authstore.benchmarks.flows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.function.IntFunction;
import javax.sql.DataSource;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/**
 * The same clients, accounts, authorizations and pending codes for all peers: made once as plain
 * tables in the schema {@code population}, from which each peer's own tables are filled.
 *
 * @param authorizations with an access token and a refresh token each
 * @param peers how many spend codes and refresh tokens
 * @param codesPerPeer approved and not yet exchanged
 */
record Population(int authorizations, int peers, int codesPerPeer) {
  static final int CLIENTS = 1_000;
  static final String REDIRECT_URI = "https://application.example.com/callback";

  /** One account in ten authorizations has a browser session that started them. */
  private static final int AUTHORIZATIONS_PER_ACCOUNT = 10;

  /** How many authorizations keep the tokens they were made with. */
  int untouched() {
    return authorizations - peers * Share.REFRESHED;
  }

  void create(DataSource dataSource) throws SQLException, IOException {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE SCHEMA population");
      statement.execute(
          "CREATE UNLOGGED TABLE population.clients AS SELECT n, uuidv7() AS id FROM generate_series(0, %d - 1) n"
              .formatted(CLIENTS));
      statement.execute(
          """
          CREATE UNLOGGED TABLE population.accounts AS
          SELECT n, uuidv7() AS id, uuidv7() AS browser_session_id FROM generate_series(0, %d - 1) n
          """
              .formatted(accounts()));
      statement.execute(
          """
          CREATE UNLOGGED TABLE population.authorizations (
            n int, access_token text, refresh_token text, session_id uuid DEFAULT uuidv7(),
            access_token_id uuid DEFAULT uuidv7(), refresh_token_id uuid DEFAULT uuidv7())
          """);
      statement.execute(
          "CREATE UNLOGGED TABLE population.codes (n int, code text, id uuid DEFAULT uuidv7())");
      copy(
          connection,
          "authorizations (n, access_token, refresh_token)",
          authorizations,
          n -> Texts.accessToken(n) + "\t" + Texts.refreshToken(n));
      copy(connection, "codes (n, code)", peers * codesPerPeer, Texts::code);
      for (String table : new String[] {"clients", "accounts", "authorizations", "codes"}) {
        statement.execute("CREATE INDEX ON population." + table + " (n)");
        statement.execute("ANALYZE population." + table);
      }
    }
  }

  int accounts() {
    return authorizations / AUTHORIZATIONS_PER_ACCOUNT;
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
