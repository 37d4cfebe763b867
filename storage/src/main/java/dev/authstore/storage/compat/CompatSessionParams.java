package dev.authstore.storage.compat;

import dev.authstore.model.Device;
import dev.authstore.model.Texts;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.storage.Inputs;
import dev.authstore.storage.InvalidInputException;
import java.util.Optional;

/**
 * What a session begins with.
 *
 * @param browserSession in which the login was approved, if in any
 * @param isSynapseAdmin whether its tokens stand for an administrator of the homeserver
 * @param humanName up to 512 bytes of UTF-8; personal data, not printed
 * @param userAgent of the client, as advisory text; personal data, not printed
 */
public record CompatSessionParams(
    Device device,
    Optional<BrowserSession> browserSession,
    boolean isSynapseAdmin,
    Optional<String> humanName,
    Optional<String> userAgent) {

  /** How long the name of a session may be. */
  public static final int MAX_HUMAN_NAME_BYTES = 512;

  /**
   * @throws InvalidInputException if the name is empty, too long, or holds U+0000 or an unpaired
   *     surrogate
   */
  public CompatSessionParams {
    humanName = humanName.map(name -> Inputs.text("human name", name, MAX_HUMAN_NAME_BYTES));
    userAgent = userAgent.map(Texts::advisory);
  }

  /** A login by password, of a client that says nothing about itself. */
  public static CompatSessionParams of(Device device) {
    return new CompatSessionParams(
        device, Optional.empty(), false, Optional.empty(), Optional.empty());
  }

  @Override
  public String toString() {
    return "CompatSessionParams[device="
        + device
        + ", browserSession="
        + browserSession
        + ", isSynapseAdmin="
        + isSynapseAdmin
        + "]";
  }
}
