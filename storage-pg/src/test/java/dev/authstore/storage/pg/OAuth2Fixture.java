package dev.authstore.storage.pg;

import dev.authstore.model.ResponseMode;
import dev.authstore.model.Scope;
import dev.authstore.model.TokenKind;
import dev.authstore.model.oauth2.ClientAuthMethod;
import dev.authstore.model.oauth2.CodeRequest;
import dev.authstore.model.oauth2.GrantType;
import dev.authstore.model.oauth2.OAuth2AccessToken;
import dev.authstore.model.oauth2.OAuth2AuthorizationGrant;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2DeviceCodeGrant;
import dev.authstore.model.oauth2.OAuth2RefreshToken;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.oauth2.AuthorizationGrantParams;
import dev.authstore.storage.oauth2.DeviceCodeGrantParams;
import dev.authstore.storage.oauth2.NewTokens;
import dev.authstore.storage.oauth2.OAuth2ClientParams;
import dev.authstore.storage.oauth2.PresentedCode;
import dev.authstore.storage.oauth2.RotationPolicy;
import dev.authstore.storage.oauth2.StaticOAuth2ClientParams;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;

/** Rows of OAuth 2.0 that operations hang theirs under. */
public final class OAuth2Fixture {
  private OAuth2Fixture() {}

  /** A dynamic client that may ask for codes. */
  public static OAuth2Client client(Store store) {
    return store.write(repo -> repo.oauth2Clients().add(params(Optional.empty())));
  }

  /** What such a client registers. */
  public static OAuth2ClientParams params(Optional<String> metadataDigest) {
    return new OAuth2ClientParams(
        List.of(URI.create("https://" + Fixture.CANARY + ".example.com/callback")),
        metadataDigest,
        Optional.empty(),
        Optional.empty(),
        Set.of(GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN),
        Optional.of(Fixture.CANARY + " client"),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.of(ClientAuthMethod.NONE),
        Optional.empty(),
        Optional.empty());
  }

  /** A session of a client that acts for itself. */
  public static OAuth2Session session(Store store, OAuth2Client client) {
    return session(store, client, Optional.empty());
  }

  /** A session of a client, for a user or for itself. */
  public static OAuth2Session session(Store store, OAuth2Client client, Optional<User> user) {
    return store.write(
        repo ->
            repo.oauth2Sessions()
                .add(client, user, Optional.empty(), Scope.of("openid"), Optional.empty()));
  }

  /** A pair of tokens of a session, one that was withdrawn, and what else operations take. */
  static void addTokens(Store store, Fixture fixture, OAuth2Session session) {
    Random random = new Random(1);
    String accessText = TokenKind.ACCESS_TOKEN.generate(random);
    String refreshText = TokenKind.REFRESH_TOKEN.generate(random);
    OAuth2AccessToken access =
        store.write(repo -> repo.oauth2AccessTokens().add(session, accessText, Optional.empty()));
    OAuth2RefreshToken other =
        store.write(
            repo ->
                repo.oauth2RefreshTokens()
                    .revoke(
                        repo.oauth2RefreshTokens().add(session, access, Fixture.CANARY + " old")));
    fixture.put(OAuth2AccessToken.class, access);
    fixture.put(
        OAuth2RefreshToken.class,
        store.write(repo -> repo.oauth2RefreshTokens().add(session, access, refreshText)));
    fixture.put("oauth2_refresh_token.consume", 1, other);
    fixture.put("oauth2_access_token.introspect", String.class, accessText);
    fixture.put("oauth2_access_token.introspect_and_mark_used", String.class, accessText);
    fixture.put("oauth2_refresh_token.introspect", String.class, refreshText);
    fixture.put("oauth2_refresh_token.rotate", String.class, refreshText);
    fixture.put(RotationPolicy.class, RotationPolicy.DEFAULT);
    fixture.put(
        NewTokens.class,
        new NewTokens(
            Fixture.CANARY + " access token",
            Optional.of(Duration.ofMinutes(5)),
            Optional.of(Fixture.CANARY + " refresh token")));
  }

  /** An authorization request for a code, or for none. */
  public static AuthorizationGrantParams request(Optional<CodeRequest> code) {
    return new AuthorizationGrantParams(
        URI.create("https://" + Fixture.CANARY + ".example.com/callback"),
        Scope.of("openid", "email"),
        code,
        Optional.of(Fixture.CANARY + " state"),
        Optional.of(Fixture.CANARY + " nonce"),
        ResponseMode.QUERY,
        false,
        Optional.of(Fixture.CANARY + " hint"),
        Optional.of("en"),
        Map.of("parameter", Fixture.CANARY + " value"));
  }

  /** The request of a device, with these codes. */
  public static DeviceCodeGrantParams deviceRequest(String deviceCode, String userCode) {
    return new DeviceCodeGrantParams(
        Scope.of("openid"),
        deviceCode,
        userCode,
        Duration.ofMinutes(20),
        Optional.of(InetAddress.getLoopbackAddress()),
        Optional.of(Fixture.CANARY + " agent"));
  }

  /** Grants in the stages that operations need, and what else those take. */
  static void addGrants(Store store, Fixture fixture, OAuth2Client client, BrowserSession browser) {
    fixture.put(AuthorizationGrantParams.class, request(Optional.empty()));
    fixture.put(DeviceCodeGrantParams.class, deviceRequest(Fixture.CANARY + " new", "new"));
    fixture.put(
        PresentedCode.class,
        new PresentedCode(Fixture.CANARY + " code", Optional.empty(), Optional.empty()));
    store.run(
        repo -> {
          fixture.put(
              OAuth2AuthorizationGrant.class,
              repo.oauth2AuthorizationGrants().add(client, request(Optional.empty())));
          fixture.put(
              "oauth2_authorization_grant.exchange",
              OAuth2AuthorizationGrant.class,
              repo.oauth2AuthorizationGrants()
                  .fulfill(
                      repo.oauth2AuthorizationGrants().add(client, request(Optional.empty())),
                      browser,
                      Optional.empty()));
          fixture.put(
              OAuth2DeviceCodeGrant.class,
              repo.oauth2DeviceCodeGrants()
                  .add(client, deviceRequest(Fixture.CANARY + " one", "one")));
          fixture.put(
              "oauth2_device_code_grant.exchange",
              OAuth2DeviceCodeGrant.class,
              repo.oauth2DeviceCodeGrants()
                  .fulfill(
                      repo.oauth2DeviceCodeGrants()
                          .add(client, deviceRequest(Fixture.CANARY + " two", "two")),
                      browser,
                      Optional.empty()));
        });
  }

  /** A client of the configuration. */
  public static StaticOAuth2ClientParams ofConfiguration(UUID id) {
    return new StaticOAuth2ClientParams(
        id,
        List.of(),
        ClientAuthMethod.NONE,
        Optional.empty(),
        Optional.of(Fixture.CANARY + " static"),
        Optional.empty(),
        Optional.empty());
  }
}
