package dev.authstore.cli;

import dev.authstore.model.Device;
import dev.authstore.model.JwsAlgorithm;
import dev.authstore.model.RandomText;
import dev.authstore.model.Scope;
import dev.authstore.model.TokenKind;
import dev.authstore.model.compat.CompatAccessToken;
import dev.authstore.model.compat.CompatSession;
import dev.authstore.model.compat.CompatSsoLogin;
import dev.authstore.model.personal.PersonalSession;
import dev.authstore.model.personal.PersonalSessionOwner.OwnerUser;
import dev.authstore.model.upstream.ClaimsImports;
import dev.authstore.model.upstream.DiscoveryMode;
import dev.authstore.model.upstream.OnBackchannelLogout;
import dev.authstore.model.upstream.PkceMode;
import dev.authstore.model.upstream.TokenAuthMethod;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSession;
import dev.authstore.model.upstream.UpstreamOAuthLink;
import dev.authstore.model.upstream.UpstreamOAuthProvider;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.app.AppSessionFilter;
import dev.authstore.storage.compat.CompatSessionParams;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.upstream.UpstreamAnswer;
import dev.authstore.storage.upstream.UpstreamOAuthProviderParams;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Ways in beside the password: at another identity provider, by the older login API, by a script.
 */
final class OtherLogins {
  private static final String SUBJECT = "248289761001";
  private static final URI OLD_APPLICATION = URI.create("https://old.example.com/login");
  private static final Duration TOKEN_LIFETIME = Duration.ofMinutes(5);
  private static final int SECRET_LENGTH = 43;
  private static final int PAGE_SIZE = 10;

  private final Scene scene;
  private final RandomGenerator random = new SecureRandom();

  OtherLogins(Scene scene) {
    this.scene = scene;
  }

  void run(User alice) {
    BrowserSession browserSession = atAProvider(alice);
    byTheOlderApi(alice, browserSession);
    byAScript(alice);
    scene.read(
        "list all",
        repo ->
            repo.appSessions()
                .list(
                    AppSessionFilter.all().user(alice.id()).active(true),
                    Pagination.first(PAGE_SIZE)),
        page -> "of OAuth 2.0 and the older API: %d".formatted(page.edges().size()));
  }

  private BrowserSession atAProvider(User alice) {
    UpstreamOAuthProvider provider =
        scene.direct(
            "add provider",
            repo -> repo.upstreamOAuthProviders().add(provider()),
            added -> "another identity provider");
    UpstreamOAuthAuthorizationSession sent =
        scene.direct(
            "send there",
            repo ->
                repo.upstreamOAuthSessions()
                    .add(provider, secret(), Optional.of(secret()), Optional.of(secret())),
            pending -> "state, nonce and verifier kept");
    UpstreamOAuthLink link =
        scene.call(
            "come back",
            repo -> comeBack(repo, provider, sent),
            met -> "identity met, nonce and verifier erased");
    BrowserSession browserSession =
        scene.call(
            "link and log in",
            repo -> linkAndSignIn(repo, alice, link, sent),
            begun -> "identity is Alice's, browser session begun");
    scene.refused(
        "use it again", repo -> repo.upstreamOAuthSessions().consume(sent, browserSession));
    return browserSession;
  }

  private void byTheOlderApi(User alice, BrowserSession browserSession) {
    String loginToken = secret();
    CompatSsoLogin login =
        scene.direct(
            "old app asks",
            repo -> repo.compatSsoLogins().add(OLD_APPLICATION),
            pending -> "login through the browser begun");
    scene.direct(
        "approve it",
        repo -> repo.compatSsoLogins().fulfill(login, browserSession, loginToken),
        fulfilled -> "login token made, digest kept");
    String accessToken = TokenKind.COMPAT_ACCESS_TOKEN.generate(random);
    scene.call(
        "old app logs in",
        repo -> logIn(repo, alice, loginToken, accessToken),
        begun -> "session of a device, 2 tokens");
    scene.read(
        "use its token",
        repo -> repo.compatAccessTokens().findActive(accessToken).orElseThrow(),
        active -> "active: token, session, account");
  }

  private void byAScript(User alice) {
    String token = TokenKind.PERSONAL_ACCESS_TOKEN.generate(random);
    scene.call(
        "allow a script",
        repo -> allow(repo, alice, token),
        allowed -> "personal session with a token");
    scene.read(
        "script asks",
        repo -> repo.personalAccessTokens().findActive(token).orElseThrow(),
        active -> "active: token, session, actor, owner");
  }

  private static UpstreamOAuthLink comeBack(
      RepositoryAccess repo,
      UpstreamOAuthProvider provider,
      UpstreamOAuthAuthorizationSession session) {
    UpstreamOAuthLink link =
        repo.upstreamOAuthLinks().findOrAdd(provider, SUBJECT, Optional.of("alice")).link();
    repo.upstreamOAuthSessions().completeWithLink(session, link, UpstreamAnswer.NONE);
    return link;
  }

  /** The browser session comes first, as the order of locks wants it. */
  private static BrowserSession linkAndSignIn(
      RepositoryAccess repo,
      User user,
      UpstreamOAuthLink link,
      UpstreamOAuthAuthorizationSession upstreamSession) {
    BrowserSession browserSession = repo.browserSessions().add(user, Optional.of(Demo.BROWSER));
    repo.upstreamOAuthLinks().associateToUser(link, user);
    UpstreamOAuthAuthorizationSession consumed =
        repo.upstreamOAuthSessions().consume(upstreamSession, browserSession);
    repo.browserSessions().authenticateWithUpstream(browserSession, consumed);
    return browserSession;
  }

  private CompatSession logIn(
      RepositoryAccess repo, User user, String loginToken, String accessToken) {
    Device device = Device.generate(random);
    CompatSsoLogin login = repo.compatSsoLogins().findByToken(loginToken).orElseThrow();
    repo.appSessions().finishSessionsToReplaceDevice(user, device);
    CompatSession session = repo.compatSessions().add(user, CompatSessionParams.of(device));
    repo.compatSsoLogins().exchange(login, session);
    CompatAccessToken token =
        repo.compatAccessTokens().add(session, accessToken, Optional.of(TOKEN_LIFETIME));
    repo.compatRefreshTokens().add(session, token, TokenKind.COMPAT_REFRESH_TOKEN.generate(random));
    return session;
  }

  private static PersonalSession allow(RepositoryAccess repo, User user, String token) {
    PersonalSession session =
        repo.personalSessions()
            .add(new OwnerUser(user.id()), user, "backup script", Scope.parse("openid"));
    repo.personalAccessTokens().add(session, token, Optional.empty());
    return session;
  }

  private String secret() {
    return RandomText.alphanumerics(random, SECRET_LENGTH);
  }

  private static UpstreamOAuthProviderParams provider() {
    return new UpstreamOAuthProviderParams(
        Optional.of("https://accounts.example.com/"),
        Optional.of("Example"),
        Optional.empty(),
        Scope.parse("email openid"),
        "authstore-demo",
        Optional.empty(),
        TokenAuthMethod.NONE,
        Optional.empty(),
        JwsAlgorithm.RS256,
        false,
        Optional.empty(),
        DiscoveryMode.OIDC,
        PkceMode.AUTO,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        ClaimsImports.NONE,
        List.of(),
        false,
        OnBackchannelLogout.DO_NOTHING,
        false,
        0);
  }
}
