package dev.authstore.storage.oauth2;

import dev.authstore.model.oauth2.GrantType;
import java.util.Optional;

/**
 * Which clients. Criteria not given do not restrict; those given must all hold.
 *
 * @param isStatic true: mirrored from the configuration; false: registered by themselves
 * @param clientName text that the name contains, compared folded; every character stands for
 *     itself; a client without a name is outside
 * @param clientUri text that the client's URI contains, likewise
 * @param grantType which the client has declared
 * @param activeSessions true: with at least one session that is not finished; false: without
 */
public record OAuth2ClientFilter(
    Optional<Boolean> isStatic,
    Optional<String> clientName,
    Optional<String> clientUri,
    Optional<GrantType> grantType,
    Optional<Boolean> activeSessions) {

  public static OAuth2ClientFilter all() {
    return new OAuth2ClientFilter(
        Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
  }

  public OAuth2ClientFilter isStatic(boolean value) {
    return new OAuth2ClientFilter(
        Optional.of(value), clientName, clientUri, grantType, activeSessions);
  }

  public OAuth2ClientFilter clientName(String text) {
    return new OAuth2ClientFilter(
        isStatic, Optional.of(text), clientUri, grantType, activeSessions);
  }

  public OAuth2ClientFilter clientUri(String text) {
    return new OAuth2ClientFilter(
        isStatic, clientName, Optional.of(text), grantType, activeSessions);
  }

  public OAuth2ClientFilter grantType(GrantType value) {
    return new OAuth2ClientFilter(
        isStatic, clientName, clientUri, Optional.of(value), activeSessions);
  }

  public OAuth2ClientFilter activeSessions(boolean value) {
    return new OAuth2ClientFilter(isStatic, clientName, clientUri, grantType, Optional.of(value));
  }
}
