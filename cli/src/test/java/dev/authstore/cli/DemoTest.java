package dev.authstore.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.migrations.MigrationSettings;
import dev.authstore.migrations.Migrations;
import dev.authstore.migrations.SchemaState;
import dev.authstore.migrations.SchemaStatus;
import dev.authstore.testing.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class DemoTest {
  private static final String SCHEMAS =
      "SELECT count(*) FROM pg_namespace WHERE nspname = 'authstore_demo'";

  @RegisterExtension final TestDatabase database = TestDatabase.empty();

  @Nested
  class OnAServerOfItsOwn {
    @Test
    void leavesNothingBehind() throws Exception {
      List<Path> before = temporaryFiles();

      Invocation demo = Invocation.of("demo");

      assertThat(demo.err()).isEmpty();
      assertThat(demo.exitCode()).isZero();
      assertThat(demo.out()).endsWith("The server is stopped and its files are deleted.\n");
      assertThat(temporaryFiles()).containsExactlyInAnyOrderElementsOf(before);
    }

    private static List<Path> temporaryFiles() throws Exception {
      Path folder = Path.of(System.getProperty("java.io.tmpdir"));
      if (!Files.exists(folder)) {
        return List.of();
      }
      try (Stream<Path> files = Files.list(folder)) {
        return files
            .filter(file -> file.getFileName().toString().startsWith("authstore-"))
            .toList();
      }
    }
  }

  @Nested
  class OnANamedDatabase {
    @Test
    void walksThroughTheLifeOfAnAccount() {
      int scripts = scriptsToApply();

      Invocation demo = Invocation.of("demo", "--database", database.url());

      assertThat(demo.err()).isEmpty();
      assertThat(demo.exitCode()).isZero();
      assertThat(demo.out().lines().filter(line -> line.matches(" ?\\d+ .*")).map(DemoTest::counts))
          .containsExactly(
              "migrate | %d scripts applied, schema authstore_demo | - | -".formatted(scripts),
              "open | schema verified, connection pool ready | - | -",
              "invite | registration token for one sign-up | 1 | 1",
              "begin sign-up | name and hash kept (PBKDF2, a stand-in) | 2 | 3",
              "send code | to alice@example.com, keyed digest kept | 3 | 4",
              "enter a code | wrong, 9 attempts left | 2 | 3",
              "enter the code | address proved, code deleted | 4 | 5",
              "present token | attached, not used yet | 2 | 3",
              "finish | account Alice, token used, password moved | 8 | 9",
              "use token again | refused: EXHAUSTED | 1 | 2",
              "take the name | refused: USERNAME_TAKEN | 2 | 3",
              "find for login | found by address, hash matches | 1 | 1",
              "sign in | browser session with its authentication | 1 | 1",
              "more browsers | 24 more sessions in one transaction | 24 | 25",
              "record activity | of 25 sessions at once | 1 | 2",
              "list sessions | 3 pages of up to 10 | 3 | 3",
              "lose password | request kept, whosever the address is | 1 | 1",
              "mail tickets | to 1 account, digest kept | 2 | 3",
              "open link | found with session, address and account | 1 | 1",
              "race for it | 1 of 8 sets a password, 7 too late | 19 | 27",
              "old password | refused: PASSWORD_SUPERSEDED | 1 | 2",
              "register client | created | 1 | 1",
              "register again | the same client again | 1 | 1",
              "ask for access | request kept, no code yet | 1 | 1",
              "consent | code made, digest kept | 1 | 1",
              "exchange code | client known, PKCE right, 2 tokens | 2 | 2",
              "exchange again | refused: ALREADY_EXCHANGED | 2 | 2",
              "introspect | active: token, session, client, user | 1 | 1",
              "refresh | new pair, the old one is dead | 2 | 2",
              "introspect old | inactive: REVOKED | 1 | 1",
              "use new one | active, first use written down | 1 | 1",
              "refresh again | refused: REPLAYED | 3 | 4",
              "end the family | session finished, and all its tokens | 1 | 1",
              "introspect | inactive: SESSION_FINISHED | 1 | 1",
              "device asks | device code as digest, user code to type | 1 | 1",
              "device polls | pending | 2 | 2",
              "type user code | approved in the browser | 2 | 3",
              "device polls | session and 2 tokens | 2 | 2",
              "device polls | its code is good once | 2 | 2",
              "act for itself | client credentials: session, 1 token | 2 | 2",
              "revoke token | its session is finished | 1 | 1",
              "add provider | another identity provider | 1 | 1",
              "send there | state, nonce and verifier kept | 1 | 1",
              "come back | identity met, nonce and verifier erased | 2 | 3",
              "link and log in | identity is Alice's, browser session begun | 4 | 5",
              "use it again | refused: CONSUMED | 1 | 2",
              "old app asks | login through the browser begun | 1 | 1",
              "approve it | login token made, digest kept | 1 | 1",
              "old app logs in | session of a device, 2 tokens | 7 | 8",
              "use its token | active: token, session, account | 1 | 1",
              "allow a script | personal session with a token | 2 | 3",
              "script asks | active: token, session, actor, owner | 1 | 1",
              "list all | of OAuth 2.0 and the older API: 2 | 1 | 1",
              "accept terms | acceptance and a job in one transaction | 2 | 3",
              "take the job | attempt 0, by a worker that dies over it | 2 | 2",
              "find the dead | 1 worker declared dead, its job is back | 3 | 4",
              "take it again | attempt 1, by another worker | 3 | 3",
              "do the job | its writes and its end in one transaction | 2 | 3",
              "late result | refused: JOB_LOST | 2 | 3",
              "lock account | locked by an administrator | 1 | 1",
              "sign in | refused: USER_LOCKED | 1 | 2",
              "use session | not usable any more, account locked | 1 | 1",
              "sign out | this browser session finished | 1 | 1",
              "sign out all | the other 25 sessions finished | 1 | 1");
      assertThat(demo.out())
          .containsPattern("Done: 64 steps, 151 statements, 183 round trips; [0-9.]+ ms in all");
    }

    @Test
    void fitsOnAHundredColumns() {
      Invocation demo = Invocation.of("demo", "--database", database.url());

      assertThat(demo.out().lines()).allSatisfy(line -> assertThat(line).hasSizeLessThan(101));
    }

    @Test
    void dropsItsSchema() throws SQLException {
      Invocation demo = Invocation.of("demo", "--database", database.url());

      assertThat(demo.out()).contains("The schema authstore_demo is dropped.");
      assertThat(count(SCHEMAS)).isZero();
      assertThat(count("SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'")).isZero();
    }

    @Test
    void keepsItsSchemaIfAsked() throws SQLException {
      Invocation demo = Invocation.of("demo", "--keep", "--database", database.url());

      assertThat(demo.exitCode()).isZero();
      assertThat(demo.out()).contains("SET search_path TO authstore_demo;");
      assertThat(count("SELECT count(*) FROM authstore_demo.browser_sessions")).isEqualTo(26);
    }

    @Test
    void touchesNoSchemaThatIsThereAlready() throws SQLException {
      Invocation first = Invocation.of("demo", "--keep", "--database", database.url());

      Invocation second = Invocation.of("demo", "--database", database.url());

      assertThat(first.exitCode()).isZero();
      assertThat(second.exitCode()).isEqualTo(Failures.FAILED);
      assertThat(second.err()).hasLineCount(1).contains("schema authstore_demo already");
      assertThat(count("SELECT count(*) FROM authstore_demo.browser_sessions")).isEqualTo(26);
    }
  }

  private int scriptsToApply() {
    MigrationSettings settings = MigrationSettings.defaults().schema(DemoSchema.NAME);
    SchemaStatus status = new Migrations(database.dataSource(), settings).status();
    return ((SchemaState.Pending) status.state()).scripts().size();
  }

  /** The cells of a line, without number and time. */
  private static String counts(String line) {
    List<String> cells = List.of(line.strip().split(" {2,}", -1));
    return String.join(" | ", cells.subList(1, cells.size() - 1));
  }

  private int count(String query) throws SQLException {
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getInt(1);
    }
  }
}
