package dev.authstore.storage.upstream;

import dev.authstore.model.Json;
import dev.authstore.storage.Inputs;
import dev.authstore.storage.InvalidInputException;
import java.util.Optional;

/**
 * What a provider has told about a person who came back. None of it is printed.
 *
 * @param idToken as it was sent, secret; whoever needs the claims alone had better leave it out
 * @param idTokenClaims by which a logout at the provider finds the login: {@code sub} and {@code
 *     sid}
 * @param extraCallbackParameters what else came with the callback
 * @param userinfo the answer of the userinfo endpoint; JSON's {@code null} is one too
 */
public record UpstreamAnswer(
    Optional<String> idToken,
    Optional<Json> idTokenClaims,
    Optional<Json> extraCallbackParameters,
    Optional<Json> userinfo) {
  private static final int MAX_ID_TOKEN = 1 << 20;

  /** Nothing beyond the link. */
  public static final UpstreamAnswer NONE =
      new UpstreamAnswer(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

  /**
   * @throws InvalidInputException if the id token is empty, longer than a mebibyte, or holds U+0000
   *     or an unpaired surrogate
   */
  public UpstreamAnswer {
    idToken.ifPresent(token -> Inputs.text("id token", token, MAX_ID_TOKEN));
  }

  @Override
  public String toString() {
    return "UpstreamAnswer[]";
  }
}
