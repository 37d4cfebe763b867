package dev.authstore.storage.oauth2;

import dev.authstore.model.Addresses;
import dev.authstore.model.Scope;
import dev.authstore.model.Texts;
import dev.authstore.storage.Inputs;
import dev.authstore.storage.InvalidInputException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;

/**
 * What a device asks for (RFC 8628, section 3.1), and the codes it gets.
 *
 * @param deviceCode secret, not printed
 * @param userCode up to 64 bytes, compared exactly; not printed
 * @param expiresIn positive, up to 36,500 days
 * @param ipAddress of the device; personal data, not printed
 * @param userAgent of the device, as advisory text; personal data, not printed
 */
public record DeviceCodeGrantParams(
    Scope scope,
    String deviceCode,
    String userCode,
    Duration expiresIn,
    Optional<InetAddress> ipAddress,
    Optional<String> userAgent) {
  private static final int MAX_USER_CODE = 64;

  /**
   * @throws InvalidInputException if a code is empty or too long, or holds U+0000 or an unpaired
   *     surrogate, or the lifetime is out of range
   */
  public DeviceCodeGrantParams {
    Checks.secret("device code", deviceCode);
    Inputs.text("user code", userCode, MAX_USER_CODE);
    expiresIn = Inputs.lifetime("device code lifetime", expiresIn);
    ipAddress = ipAddress.map(Addresses::normalise);
    userAgent = userAgent.map(Texts::advisory);
  }

  @Override
  public String toString() {
    return "DeviceCodeGrantParams[scope=" + scope + ", expiresIn=" + expiresIn + "]";
  }
}
