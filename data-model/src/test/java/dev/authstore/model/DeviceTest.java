package dev.authstore.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceTest {
  @ParameterizedTest
  @ValueSource(strings = {"AABBCCDDEE", "AA~bb1234_-."})
  void isNamedByBothItsTokens(String id) {
    Device device = new Device(id);

    assertThat(device.scopeTokens())
        .hasSize(2)
        .allSatisfy(token -> assertThat(Device.of(token)).contains(device));
  }

  @ParameterizedTest
  @ValueSource(strings = {"dev ice", "a\"b", "a\\b", "ü"})
  void mayHaveAnIdThatNoTokenCanName(String id) {
    assertThat(new Device(id).scopeTokens()).isEmpty();
  }

  @Test
  void hasAnIdOfCharacters() {
    for (String id : List.of("", "\0", "a\nb", "\u007f", "\u0085", "\ud800")) {
      assertThatIllegalArgumentException().isThrownBy(() -> new Device(id));
    }
  }

  @Test
  void hasAnIdOfUpTo512Bytes() {
    assertThat(new Device("ü".repeat(256)).id()).hasSize(256);
    assertThatIllegalArgumentException().isThrownBy(() -> new Device("ü".repeat(256) + "a"));
    assertThatIllegalArgumentException().isThrownBy(() -> new Device("a".repeat(513)));
  }

  @Test
  void isNotNamedByATokenThatIsTooLong() {
    ScopeToken longest = new ScopeToken("urn:matrix:client:device:" + "a".repeat(512));
    ScopeToken longer = new ScopeToken(longest.value() + "a");

    assertThat(Device.of(longest)).contains(new Device("a".repeat(512)));
    assertThat(Device.of(longer)).isEmpty();
  }

  @Test
  void isDrawnAtRandom() {
    Random random = new Random(42);

    Set<String> ids =
        Stream.generate(() -> Device.generate(random).id()).limit(1000).collect(Collectors.toSet());

    assertThat(ids).hasSize(1000).allMatch(id -> id.matches("[A-Za-z0-9]{10}"));
  }
}
