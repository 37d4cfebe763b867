package dev.authstore.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServerChoiceTest {

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "embedded"})
  void isTheEmbeddedServerUnlessAnotherIsNamed(String text) {
    assertThat(ServerChoice.of(text)).isEqualTo(new ServerChoice.Embedded());
  }

  @Test
  void takesAnyImage() {
    assertThat(ServerChoice.of("container:registry.example:5000/postgres:17-alpine"))
        .isEqualTo(new ServerChoice.Container("registry.example:5000/postgres:17-alpine"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"postgresql://me@localhost/db", "postgres://localhost:5433/"})
  void takesAServerThatIsThere(String target) {
    assertThat(ServerChoice.of(target)).isEqualTo(new ServerChoice.Existing(target));
  }

  @Test
  void showsNoPassword() {
    assertThat(ServerChoice.of("postgresql://me:secret@localhost/db").toString())
        .doesNotContain("secret");
  }

  @ParameterizedTest
  @ValueSource(strings = {"container:", "docker", "mysql://localhost", "Embedded"})
  void refusesAnythingElse(String text) {
    assertThatThrownBy(() -> ServerChoice.of(text))
        .hasMessage("authstore.testing.server must be embedded, container:IMAGE or postgresql://…");
  }
}
