package dev.authstore.benchmarks.operations;

import dev.authstore.benchmarks.data.Population;
import dev.authstore.benchmarks.data.Texts;
import dev.authstore.model.ResponseMode;
import dev.authstore.model.Scope;
import dev.authstore.model.TokenKind;
import dev.authstore.model.oauth2.CodeRequest;
import dev.authstore.storage.oauth2.AuthorizationGrantParams;
import dev.authstore.storage.oauth2.NewTokens;
import dev.authstore.storage.oauth2.PresentedCode;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/** What is measured, and with what. */
@SuppressWarnings("ImmutableEnumChecker") // the functions have no state
enum Operation {
  LOOKUP_USER(
      "user by id", Kind.COMPILED, (side, with) -> side.users().lookupUser(with.user().id())),
  FIND_BY_USERNAME(
      "user by name",
      Kind.COMPILED,
      (side, with) -> side.users().findByUsername(with.user().username())),
  FIND_FOR_LOGIN(
      "user and hash by name",
      Kind.COMPILED,
      (side, with) -> side.users().findForLogin(with.user().username())),
  ACTIVE_PASSWORD(
      "active password", Kind.COMPILED, (side, with) -> side.users().activePassword(with.user())),
  LOOKUP_BROWSER_SESSION(
      "browser session with user",
      Kind.COMPILED,
      (side, with) -> side.users().lookupBrowserSession(with.browserSessionId())),
  LAST_AUTHENTICATION(
      "last authentication of a browser session",
      Kind.COMPILED,
      (side, with) -> side.users().lastAuthentication(with.browserSession())),
  FIND_CLIENT(
      "client by its id",
      Kind.COMPILED,
      (side, with) -> side.oauth2().findClient(with.client().clientId())),
  INTROSPECT(
      "introspection of an access token",
      Kind.COMPILED,
      (side, with) -> side.oauth2().introspect(with.accessToken())),
  INTROSPECT_AND_MARK(
      "introspection that marks the first use",
      Kind.COMPILED,
      (side, with) -> side.oauth2().introspectAndMarkUsed(with.accessToken())),
  INTROSPECT_REFRESH_TOKEN(
      "introspection of a refresh token",
      Kind.COMPILED,
      (side, with) -> side.oauth2().introspectRefreshToken(with.untouchedRefreshToken())),
  FIND_COMPAT_TOKEN(
      "token of Matrix's login API",
      Kind.COMPILED,
      (side, with) -> side.others().findCompatToken(with.compatToken())),
  FIND_PERSONAL_TOKEN(
      "personal token",
      Kind.COMPILED,
      (side, with) -> side.others().findPersonalToken(with.personalToken())),
  COUNT_ACTIVE(
      "number of a user's active sessions, of each kind",
      Kind.COMPILED,
      (side, with) -> side.others().countActive(with.user())),
  ADD_USER("add user", Kind.COMPILED, (side, with) -> side.users().addUser(with.newUsername())),
  ADD_BROWSER_SESSION(
      "add browser session",
      Kind.COMPILED,
      (side, with) -> side.users().addBrowserSession(with.user(), Operation.USER_AGENT)),
  LOG_IN(
      "log-in: browser session and authentication",
      Kind.COMPILED,
      (side, with) -> {
        Accounts.WithPassword account = with.userWithPassword();
        return side.users().logIn(account.user(), account.password(), Operation.USER_AGENT);
      }),
  START_CLIENT_CREDENTIALS(
      "session and token of a client",
      Kind.COMPILED,
      (side, with) -> side.oauth2().startClientCredentials(with.client(), Operation.accessToken())),
  APPROVE(
      "authorization request and approval: 2 statements",
      Kind.COMPILED,
      (side, with) ->
          side.oauth2()
              .requestAndApprove(with.client(), with.browserSession(), Operation.accessToken())),
  EXCHANGE("code exchange", Kind.COMPILED, Operation::exchange),
  POLL("device exchange", Kind.COMPILED, Operation::poll),
  ROTATE("refresh of a token", Kind.COMPILED, Operation::rotate),
  ENQUEUE("enqueue a job", Kind.COMPILED, (side, with) -> side.others().enqueue("queue")),
  RECORD_ACTIVITY(
      "activity of 500 sessions",
      Kind.COMPILED,
      (side, with) -> side.others().recordActivity(with.activity())),
  SESSIONS_OF_USER(
      "page of a user's sessions",
      Kind.LIST,
      (side, with) -> side.oauth2().sessionsOf(with.user())),
  USERS("page of all users", Kind.LIST, (side, with) -> side.users().usersAfter(with.user().id())),
  COUNT_SESSIONS_OF_USER(
      "count of a user's sessions",
      Kind.LIST,
      (side, with) -> side.oauth2().countSessionsOf(with.user())),
  LOG_IN_BY_NAME(
      "log-in step by step: 3 statements, 1 transaction",
      Kind.COMPILED,
      (side, with) -> side.users().logInByName(with.user().username(), Operation.USER_AGENT));

  /** How Authstore runs it. */
  enum Kind {
    /** Rendered once. */
    COMPILED,
    /** Rendered with each call, since its filter may be any. */
    LIST
  }

  static final Duration TTL = Duration.ofMinutes(5);
  static final String USER_AGENT =
      "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
  static final String SCOPE = "urn:example:service";
  static final String STATE = "a".repeat(32);

  /** What clients ask for. */
  static final AuthorizationGrantParams REQUEST =
      new AuthorizationGrantParams(
          URI.create(Population.REDIRECT_URI),
          Scope.of(SCOPE),
          Optional.of(new CodeRequest(Optional.of(Texts.PKCE))),
          Optional.of(STATE),
          Optional.of(STATE),
          ResponseMode.QUERY,
          false,
          Optional.empty(),
          Optional.empty(),
          Map.of());

  private static final SecureRandom RANDOM = new SecureRandom();

  private final String title;
  private final Kind kind;
  private final BiFunction<Operations, Accounts, Object> call;

  Operation(String title, Kind kind, BiFunction<Operations, Accounts, Object> call) {
    this.title = title;
    this.kind = kind;
    this.call = call;
  }

  String title() {
    return title;
  }

  Kind kind() {
    return kind;
  }

  Object run(Operations side, Accounts with) {
    return call.apply(side, with);
  }

  private static String accessToken() {
    return TokenKind.ACCESS_TOKEN.generate(RANDOM);
  }

  private static NewTokens newTokens() {
    return new NewTokens(
        accessToken(), Optional.of(TTL), Optional.of(TokenKind.REFRESH_TOKEN.generate(RANDOM)));
  }

  /** With all that its client repeats. */
  static PresentedCode presented(String code) {
    return new PresentedCode(code, Optional.of(REQUEST.redirectUri()), Optional.of(Texts.VERIFIER));
  }

  private static Object exchange(Operations side, Accounts with) {
    Accounts.Issued code = with.code();
    return side.oauth2().exchange(code.client(), code.text(), newTokens());
  }

  private static Object poll(Operations side, Accounts with) {
    Accounts.Issued code = with.deviceCode();
    return side.oauth2().poll(code.client(), code.text(), newTokens());
  }

  private static Object rotate(Operations side, Accounts with) {
    Accounts.Issued token = with.refreshToken();
    NewTokens tokens = newTokens();
    Object rotated = side.oauth2().rotate(token.client(), token.text(), tokens);
    with.refreshed(tokens.refreshToken().orElseThrow());
    return rotated;
  }
}
