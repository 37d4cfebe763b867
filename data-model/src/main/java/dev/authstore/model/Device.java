package dev.authstore.model;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A Matrix device, which a scope token names (MSC2967). The token has a stable and an unstable
 * spelling; both are read, and both are looked for.
 *
 * @param id not empty; one with a character that no scope token can have is in no scope
 */
public record Device(String id) {
  private static final String STABLE = "urn:matrix:client:device:";
  private static final String UNSTABLE = "urn:matrix:org.matrix.msc2967.client:device:";

  /**
   * @throws IllegalArgumentException if the id is empty
   */
  public Device {
    if (id.isEmpty()) {
      throw new IllegalArgumentException("device id is empty");
    }
  }

  /** The device that the token names, if it names one. */
  public static Optional<Device> of(ScopeToken token) {
    return Stream.of(STABLE, UNSTABLE)
        .filter(prefix -> token.value().startsWith(prefix))
        .map(prefix -> token.value().substring(prefix.length()))
        .filter(id -> !id.isEmpty())
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
