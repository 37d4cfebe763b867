package dev.authstore.storage.oauth2;

import java.net.URI;
import java.util.Optional;

/**
 * What a client presents to get tokens for a code (RFC 6749, section 4.1.3; RFC 7636, section 4.5).
 * Whatever it is: what does not fit is refused by the exchange.
 *
 * @param code secret, not printed
 * @param redirectUri if the client repeats that of its authorization request
 * @param verifier secret, not printed
 */
public record PresentedCode(String code, Optional<URI> redirectUri, Optional<String> verifier) {

  @Override
  public String toString() {
    return "PresentedCode[]";
  }
}
