package dev.authstore.database;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class SettingsReferenceTest {

  private static final Path FILE = Path.of("../docs/configuration.md");

  @Test
  void isWhatTheCodeSays() throws IOException {
    String reference = SettingsReference.write();
    if (Boolean.getBoolean("authstore.docs.write")) {
      Files.createDirectories(FILE.getParent());
      Files.writeString(FILE, reference);
    }

    assertThat(Files.readString(FILE))
        .as("write it anew: mvn test -pl migrations -am -Dauthstore.docs.write=true")
        .isEqualTo(reference);
  }
}
