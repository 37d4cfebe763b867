package dev.authstore.model;

import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * A Matrix device, which a scope token names (MSC2967). The token has a stable and an unstable
 * spelling; both are read, and both are looked for. Its id is compared exactly and never changed.
 *
 * @param id up to 512 bytes of UTF-8; one with a character that no scope token can have is in no
 *     scope
 */
public record Device(String id) {
  private static final String STABLE = "urn:matrix:client:device:";
  private static final String UNSTABLE = "urn:matrix:org.matrix.msc2967.client:device:";
  private static final int MAX_BYTES = 512;
  private static final int GENERATED_LENGTH = 10;

  /**
   * @throws IllegalArgumentException if the id is empty or too long, or contains a control
   *     character or an unpaired surrogate
   */
  public Device {
    Texts.identity(id, MAX_BYTES);
    if (id.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException("device id contains a control character");
    }
  }

  /** A device that nobody has yet: ten letters and digits. */
  public static Device generate(RandomGenerator random) {
    return new Device(RandomText.alphanumerics(random, GENERATED_LENGTH));
  }

  /** The device that the token names, if it names one. */
  public static Optional<Device> of(ScopeToken token) {
    return Stream.of(STABLE, UNSTABLE)
        .filter(prefix -> token.value().startsWith(prefix))
        .map(prefix -> token.value().substring(prefix.length()))
        .filter(id -> Texts.isStorable(id, MAX_BYTES))
        .map(Device::new)
        .findFirst();
  }

  /** The tokens that name the device, the stable spelling first; none if no token can. */
  public List<ScopeToken> scopeTokens() {
    return Stream.of(STABLE + id, UNSTABLE + id)
        .filter(ScopeToken::isValid)
        .map(ScopeToken::new)
        .toList();
  }
}
