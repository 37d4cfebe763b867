package dev.authstore.storage.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.authstore.model.Device;
import dev.authstore.storage.InvalidInputException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CompatSessionParamsTest {
  @Test
  void refuseWhatIsNoName() {
    for (String name : List.of("", "a\0", "\ud800", "ü".repeat(257))) {
      assertThatExceptionOfType(InvalidInputException.class)
          .isThrownBy(() -> named(name))
          .withMessageStartingWith("human name text ")
          .withMessageNotContaining("ü");
    }
    assertThat(named("ü".repeat(256)).humanName()).isPresent();
  }

  @Test
  void cutTheUserAgent() {
    CompatSessionParams params =
        new CompatSessionParams(
            new Device("device"),
            Optional.empty(),
            false,
            Optional.empty(),
            Optional.of("a\0" + "b".repeat(2000)));

    assertThat(params.userAgent()).contains("a\ufffd" + "b".repeat(1022));
  }

  @Test
  void printNothingPersonal() {
    CompatSessionParams params =
        new CompatSessionParams(
            new Device("device"),
            Optional.empty(),
            true,
            Optional.of("canary"),
            Optional.of("canary"));

    assertThat(params).asString().startsWith("CompatSessionParams[").doesNotContain("canary");
  }

  private static CompatSessionParams named(String name) {
    return new CompatSessionParams(
        new Device("device"), Optional.empty(), false, Optional.of(name), Optional.empty());
  }
}
