package dev.authstore.storage.oauth2;

import dev.authstore.model.ResponseMode;
import dev.authstore.model.Scope;
import dev.authstore.model.oauth2.CodeRequest;
import dev.authstore.storage.Inputs;
import dev.authstore.storage.InvalidInputException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a client asks for in an authorization request, as {@link
 * dev.authstore.model.oauth2.OAuth2AuthorizationGrant} keeps it.
 *
 * @param redirectUri where the answer goes, already found to be the client's
 * @param code present if a code is asked for
 * @param state not printed
 * @param nonce not printed
 * @param responseTypeIdToken whether an id token is asked for in the answer itself
 * @param loginHint personal data, not printed
 * @param rawParameters of the request, at most 64 of 16 KiB together; not printed
 */
public record AuthorizationGrantParams(
    URI redirectUri,
    Scope scope,
    Optional<CodeRequest> code,
    Optional<String> state,
    Optional<String> nonce,
    ResponseMode responseMode,
    boolean responseTypeIdToken,
    Optional<String> loginHint,
    Optional<String> locale,
    Map<String, String> rawParameters) {
  private static final int MAX_TEXT = 4096;
  private static final int MAX_LOCALE = 64;
  private static final int MAX_CHALLENGE = 128; // RFC 7636, section 4.2
  private static final int MAX_PARAMETERS = 64;
  private static final int MAX_PARAMETER_BYTES = 16 * 1024;

  /**
   * @throws InvalidInputException if there are too many parameters; if the state, the nonce or the
   *     login hint is longer than 4,096 bytes, the locale than 64, the code challenge than 128, the
   *     redirect URI than 8,192; if one of these is empty, or any text holds U+0000 or an unpaired
   *     surrogate
   */
  public AuthorizationGrantParams {
    Checks.uri("redirect URI", redirectUri);
    code.flatMap(CodeRequest::pkce)
        .ifPresent(pkce -> Inputs.text("code challenge", pkce.challenge(), MAX_CHALLENGE));
    Checks.text("state", state, MAX_TEXT);
    Checks.text("nonce", nonce, MAX_TEXT);
    Checks.text("login hint", loginHint, MAX_TEXT);
    Checks.text("locale", locale, MAX_LOCALE);
    rawParameters = Collections.unmodifiableMap(new TreeMap<>(rawParameters));
    checkParameters(rawParameters);
  }

  private static void checkParameters(Map<String, String> parameters) {
    Inputs.range("number of raw parameters", parameters.size(), 0, MAX_PARAMETERS);
    int bytes = 0;
    for (Map.Entry<String, String> parameter : parameters.entrySet()) {
      bytes += checked(parameter.getKey()) + checked(parameter.getValue());
    }
    Inputs.range("bytes of raw parameters", bytes, 0, MAX_PARAMETER_BYTES);
  }

  private static int checked(String text) {
    if (!text.isEmpty()) { // a parameter may have no value
      Inputs.text("raw parameter", text, MAX_PARAMETER_BYTES);
    }
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  @Override
  public String toString() {
    return "AuthorizationGrantParams[scope=" + scope + ", code=" + code + "]";
  }
}
