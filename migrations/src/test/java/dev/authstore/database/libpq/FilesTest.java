package dev.authstore.database.libpq;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FilesTest {

  private static final HostSpec HOST = new HostSpec.Tcp("db", Optional.empty(), 5432);

  @TempDir Path directory;

  @Nested
  class PasswordFiles {

    @Test
    void giveTheFirstThatFits() throws IOException {
      PasswordFile file = file("other:*:*:*:no\ndb:5432:app:alice:first\n*:*:*:*:second\n");

      assertThat(file.find(HOST, "app", "alice")).contains("first");
      assertThat(file.find(HOST, "app", "bob")).contains("second");
    }

    @Test
    void protectColonsAndBackslashes() throws IOException {
      PasswordFile file = file("\\:\\:1:*:a\\\\b:*:p\\:q\\\\r\n");

      assertThat(file.find(new HostSpec.Tcp("::1", Optional.empty(), 1), "a\\b", "u"))
          .contains("p:q\\r");
    }

    @Test
    void knowSocketsAsLocalhost() throws IOException {
      PasswordFile file = file("localhost:5433:*:*:p\n");

      assertThat(file.find(new HostSpec.UnixSocket(Path.of("/tmp"), 5433), "d", "u")).contains("p");
    }

    @Test
    void giveEachHostItsOwn() throws IOException {
      PasswordFile file = file("db:*:*:*:one\ndb2:*:*:*:two\n");

      assertThat(file.find(HOST, "d", "u")).contains("one");
      assertThat(file.find(new HostSpec.Tcp("db2", Optional.empty(), 1), "d", "u")).contains("two");
    }

    @Test
    void skipCommentsAndOddLines() throws IOException {
      assertThat(file("#db:*:*:*:a\ndb:5432:b\n\n").find(HOST, "d", "u")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"rw-------, true", "r--------, true", "rw-r-----, false", "rw----r--, false"})
    void mustBeTheirOwnersOwn(String permissions, boolean usable) throws IOException {
      PasswordFile file = file("");
      Files.setPosixFilePermissions(file.path(), PosixFilePermissions.fromString(permissions));

      assertThat(file.check().isEmpty()).isEqualTo(usable);
    }

    @Test
    void mustBeThere() {
      assertThat(new PasswordFile(directory.resolve("none")).check().orElseThrow().kind())
          .isEqualTo(Fault.Kind.MISSING_FILE);
      assertThat(new PasswordFile(directory).check().orElseThrow().kind())
          .isEqualTo(Fault.Kind.UNREADABLE_FILE);
    }

    private PasswordFile file(String text) throws IOException {
      return new PasswordFile(Files.writeString(directory.resolve("pgpass"), text));
    }
  }

  @Nested
  class ServiceFiles {

    @Test
    void holdNamedGroups() throws IOException {
      ConnectionString read =
          read(
              "[other]\nhost=no\n\n[app]\n# comment\nhost=db\n port=6 \nhost=later\n[app]\nuser=x\n");

      assertThat(ConnectionStringTest.printed(read)).isEqualTo("host=db port=6");
      assertThat(read.faults()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
      "[none], UNKNOWN_KEY",
      "'[app]\nnothing=1', UNKNOWN_KEY",
      "'[app]\nservice=other', UNSUPPORTED_KEY",
      "'[app]\nldap://x', UNSUPPORTED_KEY",
      "'[app]\nhost', SYNTAX",
      "'[app]\nsslmode=no', OUT_OF_RANGE"
    })
    void tellWhatIsWrong(String text, Fault.Kind kind) throws IOException {
      assertThat(read(text).faults()).extracting(Fault::kind).containsExactly(kind);
    }

    private ConnectionString read(String text) throws IOException {
      return new ServiceFile(Files.writeString(directory.resolve("service"), text)).read("app");
    }
  }
}
