package dev.authstore.cli;

import dev.authstore.model.Pkce;
import dev.authstore.model.RandomText;
import dev.authstore.model.ResponseMode;
import dev.authstore.model.Scope;
import dev.authstore.model.TokenDigest;
import dev.authstore.model.TokenKind;
import dev.authstore.model.oauth2.ApplicationType;
import dev.authstore.model.oauth2.ClientAuthMethod;
import dev.authstore.model.oauth2.CodeRequest;
import dev.authstore.model.oauth2.GrantType;
import dev.authstore.model.oauth2.OAuth2AuthorizationGrant;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.oauth2.AuthorizationGrantParams;
import dev.authstore.storage.oauth2.ClientRegistration;
import dev.authstore.storage.oauth2.CodeExchange;
import dev.authstore.storage.oauth2.DeviceCodeGrantParams;
import dev.authstore.storage.oauth2.DevicePoll;
import dev.authstore.storage.oauth2.Introspection;
import dev.authstore.storage.oauth2.NewTokens;
import dev.authstore.storage.oauth2.OAuth2ClientParams;
import dev.authstore.storage.oauth2.PresentedCode;
import dev.authstore.storage.oauth2.Rotation;
import dev.authstore.storage.oauth2.RotationPolicy;
import dev.authstore.storage.oauth2.TokenRevocation;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;

/** A client, and how it comes by tokens: by a code, by a device, and for itself. */
final class Authorizing {
  private static final URI REDIRECT_URI = URI.create("https://app.example.com/callback");
  private static final Scope SCOPE = Scope.parse("email openid");
  private static final Optional<String> USER_AGENT = Optional.of(Demo.BROWSER);
  private static final Duration TOKEN_LIFETIME = Duration.ofMinutes(5);
  private static final Duration DEVICE_CODE_LIFETIME = Duration.ofMinutes(20);
  private static final int SECRET_LENGTH = 43;

  private final Scene scene;
  private final RandomGenerator random = new SecureRandom();

  Authorizing(Scene scene) {
    this.scene = scene;
  }

  void run(BrowserSession browserSession) {
    OAuth2Client client = register();
    NewTokens first = exchange(client, browserSession);
    NewTokens second = refresh(client, first);
    replay(client, first, second);
    useDevice(client, browserSession);
    actForItself(client);
  }

  private OAuth2Client register() {
    OAuth2ClientParams metadata = metadata();
    scene.direct(
        "register client",
        repo -> repo.oauth2Clients().registerOrReuse(metadata),
        registration -> told(registration, ClientRegistration.Created.class, "created"));
    return scene
        .direct(
            "register again",
            repo -> repo.oauth2Clients().registerOrReuse(metadata),
            registration ->
                told(registration, ClientRegistration.Reused.class, "the same client again"))
        .client();
  }

  private NewTokens exchange(OAuth2Client client, BrowserSession browserSession) {
    String verifier = RandomText.alphanumerics(random, SECRET_LENGTH);
    String code = RandomText.alphanumerics(random, SECRET_LENGTH);
    OAuth2AuthorizationGrant grant =
        scene.direct(
            "ask for access",
            repo -> repo.oauth2AuthorizationGrants().add(client, request(verifier)),
            pending -> "request kept, no code yet");
    scene.direct(
        "consent",
        repo -> repo.oauth2AuthorizationGrants().fulfill(grant, browserSession, Optional.of(code)),
        fulfilled -> "code made, digest kept");
    NewTokens tokens = tokens();
    PresentedCode presented =
        new PresentedCode(code, Optional.of(REDIRECT_URI), Optional.of(verifier));
    scene.direct(
        "exchange code",
        repo -> exchange(repo, client, presented, tokens),
        exchange ->
            told(exchange, CodeExchange.Exchanged.class, "client known, PKCE right, 2 tokens"));
    scene.direct(
        "exchange again",
        repo -> exchange(repo, client, presented, tokens()),
        exchange -> "refused: " + told(exchange, CodeExchange.Refused.class).reason());
    scene.read(
        "introspect",
        repo -> repo.oauth2AccessTokens().introspect(tokens.accessToken()),
        introspection ->
            told(
                introspection, Introspection.Active.class, "active: token, session, client, user"));
    return tokens;
  }

  private NewTokens refresh(OAuth2Client client, NewTokens held) {
    NewTokens tokens = tokens();
    scene.direct(
        "refresh",
        repo -> rotate(repo, client, held, tokens),
        rotation -> told(rotation, Rotation.Rotated.class, "new pair, the old one is dead"));
    scene.read(
        "introspect old",
        repo -> repo.oauth2AccessTokens().introspect(held.accessToken()),
        introspection -> "inactive: " + told(introspection, Introspection.Inactive.class).reason());
    scene.direct(
        "use new one",
        repo -> repo.oauth2AccessTokens().introspectAndMarkUsed(tokens.accessToken()),
        introspection ->
            told(introspection, Introspection.Active.class, "active, first use written down"));
    return tokens;
  }

  /** Whoever presents a token that was replaced by a used one, one of two has stolen it. */
  private void replay(OAuth2Client client, NewTokens stolen, NewTokens held) {
    Rotation rotation =
        scene.direct(
            "refresh again",
            repo -> rotate(repo, client, stolen, tokens()),
            replay -> "refused: " + told(replay, Rotation.Refused.class).reason());
    scene.direct(
        "end the family",
        repo ->
            repo.oauth2Sessions()
                .finishIfActive(
                    told(rotation, Rotation.Refused.class).session().orElseThrow().id()),
        ended -> "session finished, and all its tokens");
    scene.read(
        "introspect",
        repo -> repo.oauth2AccessTokens().introspect(held.accessToken()),
        introspection -> "inactive: " + told(introspection, Introspection.Inactive.class).reason());
  }

  private void useDevice(OAuth2Client client, BrowserSession browserSession) {
    DeviceCodeGrantParams request =
        new DeviceCodeGrantParams(
            SCOPE,
            RandomText.alphanumerics(random, SECRET_LENGTH),
            RandomText.userCode(random),
            DEVICE_CODE_LIFETIME,
            Optional.empty(),
            USER_AGENT);
    scene.direct(
        "device asks",
        repo -> repo.oauth2DeviceCodeGrants().add(client, request),
        pending -> "device code as digest, user code to type");
    scene.direct(
        "device polls",
        repo -> poll(repo, client, request),
        poll -> told(poll, DevicePoll.Pending.class, "pending"));
    scene.call(
        "type user code",
        repo ->
            repo.oauth2DeviceCodeGrants()
                .fulfill(
                    repo.oauth2DeviceCodeGrants().findByUserCode(request.userCode()).orElseThrow(),
                    browserSession,
                    Optional.of("en")),
        fulfilled -> "approved in the browser");
    scene.direct(
        "device polls",
        repo -> poll(repo, client, request),
        poll -> told(poll, DevicePoll.Exchanged.class, "session and 2 tokens"));
    scene.direct(
        "device polls",
        repo -> poll(repo, client, request),
        poll -> told(poll, DevicePoll.Unknown.class, "its code is good once"));
  }

  private void actForItself(OAuth2Client client) {
    String token = TokenKind.ACCESS_TOKEN.generate(random);
    scene.direct(
        "act for itself",
        repo ->
            repo.oauth2Sessions()
                .startClientCredentials(
                    authenticated(repo, client),
                    SCOPE,
                    token,
                    Optional.of(TOKEN_LIFETIME),
                    USER_AGENT),
        started -> "client credentials: session, 1 token");
    scene.direct(
        "revoke token",
        repo -> repo.oauth2Sessions().finishByToken(client, token, TokenKind.ACCESS_TOKEN),
        revocation -> told(revocation, TokenRevocation.Ended.class, "its session is finished"));
  }

  private static CodeExchange exchange(
      RepositoryAccess repo, OAuth2Client client, PresentedCode code, NewTokens tokens) {
    return repo.oauth2AuthorizationGrants()
        .exchangeCode(authenticated(repo, client), code, tokens, USER_AGENT);
  }

  private static Rotation rotate(
      RepositoryAccess repo, OAuth2Client client, NewTokens held, NewTokens tokens) {
    return repo.oauth2RefreshTokens()
        .rotate(
            authenticated(repo, client),
            held.refreshToken().orElseThrow(),
            tokens,
            RotationPolicy.DEFAULT,
            USER_AGENT);
  }

  private DevicePoll poll(
      RepositoryAccess repo, OAuth2Client client, DeviceCodeGrantParams request) {
    return repo.oauth2DeviceCodeGrants()
        .poll(authenticated(repo, client), request.deviceCode(), tokens(), USER_AGENT);
  }

  /** As each request to the token endpoint begins. */
  private static OAuth2Client authenticated(RepositoryAccess repo, OAuth2Client client) {
    return repo.oauth2Clients().findByClientId(client.id().toString()).orElseThrow();
  }

  private NewTokens tokens() {
    return new NewTokens(
        TokenKind.ACCESS_TOKEN.generate(random),
        Optional.of(TOKEN_LIFETIME),
        Optional.of(TokenKind.REFRESH_TOKEN.generate(random)));
  }

  private static AuthorizationGrantParams request(String verifier) {
    Pkce pkce = new Pkce(Pkce.Method.S256, Pkce.Method.S256.challenge(verifier));
    return new AuthorizationGrantParams(
        REDIRECT_URI,
        SCOPE,
        Optional.of(new CodeRequest(Optional.of(pkce))),
        Optional.empty(),
        Optional.empty(),
        ResponseMode.QUERY,
        false,
        Optional.empty(),
        Optional.empty(),
        Map.of());
  }

  private static OAuth2ClientParams metadata() {
    String digest =
        HexFormat.of().formatHex(TokenDigest.of("the client's metadata document").toBytes());
    return new OAuth2ClientParams(
        List.of(REDIRECT_URI),
        Optional.of(digest),
        Optional.empty(),
        Optional.of(ApplicationType.WEB),
        Set.of(GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN, GrantType.DEVICE_CODE),
        Optional.of("Example"),
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

  private static String told(Object result, Class<?> expected, String meaning) {
    told(result, expected);
    return meaning;
  }

  private static <T> T told(Object result, Class<T> expected) {
    if (!expected.isInstance(result)) {
      throw new DemoException("not %s: %s".formatted(expected.getSimpleName(), result));
    }
    return expected.cast(result);
  }
}
