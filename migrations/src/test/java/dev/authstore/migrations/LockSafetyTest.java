package dev.authstore.migrations;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LockSafetyTest {

  private static final Path SCRIPTS = Path.of("src/main/resources/dev/authstore/migrations");
  private static final Path RELEASED = Path.of("src/test/resources/released-scripts.txt");

  /** The scripts of this program. */
  @Nested
  class Ours {

    @Test
    void areNeverChangedOnceReleased() throws Exception {
      for (Map.Entry<String, String> script : released().entrySet()) {
        Path file = SCRIPTS.resolve(script.getKey());

        byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));

        assertThat(HexFormat.of().formatHex(digest))
            .as(script.getKey())
            .isEqualTo(script.getValue());
      }
    }

    @Test
    void areSafeOnLargeTablesOnceThereIsARelease() throws Exception {
      Map<String, String> released = released();
      for (Path file : scripts()) {
        boolean isLater =
            !released.isEmpty() && !released.containsKey(file.getFileName().toString());

        List<String> problems = isLater ? LockSafety.problems(Files.readString(file)) : List.of();

        assertThat(problems).as(file.getFileName().toString()).isEmpty();
      }
    }

    /**
     * Whether the check understands how scripts are written here: these make tables of their own.
     */
    @Test
    void makeTablesThatNobodyUsesYet() throws Exception {
      String script = Files.readString(SCRIPTS.resolve("V0004__oauth2.sql"));

      assertThat(LockSafety.problems(script)).isEmpty();
    }

    private List<Path> scripts() throws IOException {
      try (Stream<Path> files = Files.list(SCRIPTS)) {
        return files.filter(file -> file.toString().endsWith(".sql")).sorted().toList();
      }
    }

    private Map<String, String> released() throws IOException {
      return Files.readAllLines(RELEASED).stream()
          .filter(line -> !line.startsWith("#") && !line.isBlank())
          .map(line -> line.split(" ", 2))
          .collect(
              Collectors.toMap(parts -> parts[0], parts -> parts[1], (a, b) -> a, TreeMap::new));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CREATE INDEX users_a_idx ON users (a)",
        "CREATE UNIQUE INDEX users_a_key ON users (a) WHERE b",
        "CREATE INDEX CONCURRENTLY users_a_idx ON users (a)",
        "DROP INDEX CONCURRENTLY IF EXISTS users_b_idx; CREATE INDEX CONCURRENTLY users_a_idx ON users (a)",
        "DROP INDEX CONCURRENTLY IF EXISTS users_a_idx; CREATE INDEX CONCURRENTLY users_a_idx ON users (a);"
            + " ALTER TABLE users ADD b text",
        "DROP INDEX users_a_idx",
        "REINDEX TABLE users",
        "ALTER TABLE users ADD CONSTRAINT users_a_check CHECK (a > 0)",
        "ALTER TABLE users ADD CONSTRAINT users_a_fk FOREIGN KEY (a) REFERENCES b (id)",
        "ALTER TABLE users ADD CONSTRAINT users_a_fk FOREIGN KEY (a) REFERENCES b (id) NOT VALID;"
            + " ALTER TABLE users VALIDATE CONSTRAINT users_a_fk",
        "ALTER TABLE users ADD CONSTRAINT users_a_key UNIQUE (a)",
        "ALTER TABLE users ADD CONSTRAINT users_pk PRIMARY KEY (a)",
        "ALTER TABLE users ADD CONSTRAINT users_a_key EXCLUDE (a WITH =)",
        "ALTER TABLE users ALTER COLUMN a SET NOT NULL",
        "ALTER TABLE users ALTER a TYPE bigint",
        "ALTER TABLE users ADD COLUMN a date GENERATED ALWAYS AS (b) STORED",
        "ALTER TABLE users ADD a uuid DEFAULT gen_random_uuid()",
        "ALTER TABLE users SET LOGGED",
        "VACUUM FULL users",
        "TRUNCATE users",
        "LOCK TABLE users",
        "UPDATE users SET a = 1",
        "CREATE TRIGGER t AFTER INSERT ON users EXECUTE FUNCTION f()",
        "ALTER TABLE users DROP COLUMN a",
        "ALTER TABLE users RENAME a TO b",
        "DROP TABLE users",
      })
  void refuses(String script) {
    assertThat(LockSafety.problems(script)).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-- words; more words\nCREATE TABLE a (id uuid NOT NULL); CREATE INDEX a_idx ON a (id)",
        "CREATE TABLE a (id uuid); ALTER TABLE a ADD CONSTRAINT a_fk FOREIGN KEY (id) REFERENCES b (id)",
        "DROP INDEX CONCURRENTLY IF EXISTS users_a_idx; CREATE INDEX CONCURRENTLY users_a_idx ON users (a)",
        "ALTER TABLE users ADD a text",
        "ALTER TABLE users ADD COLUMN a integer NOT NULL DEFAULT 0",
        "ALTER TABLE users ADD CONSTRAINT users_a_check CHECK (a > 0) NOT VALID",
        "ALTER TABLE users VALIDATE CONSTRAINT users_a_check",
        "ALTER TABLE users ADD CONSTRAINT users_a_key UNIQUE USING INDEX users_a_key",
        "ALTER TABLE users DROP CONSTRAINT users_a_check",
        "ALTER TABLE users ALTER a DROP NOT NULL",
        "ALTER TABLE users DROP COLUMN a; UPDATE schema_compatibility SET oldest_script = 20",
      })
  void accepts(String script) {
    assertThat(LockSafety.problems(script)).isEmpty();
  }
}
