package dev.authstore.benchmarks.operations;

import dev.authstore.model.TokenKind;
import dev.authstore.storage.oauth2.NewTokens;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BiFunction;

/** What is measured, and with what. */
@SuppressWarnings("ImmutableEnumChecker") // the functions have no state
enum Operation {
  LOOKUP_USER("user by id", Kind.COMPILED, (side, with) -> side.lookupUser(with.user().id())),
  FIND_BY_USERNAME(
      "user by name", Kind.COMPILED, (side, with) -> side.findByUsername(with.user().username())),
  FIND_FOR_LOGIN(
      "user and hash by name",
      Kind.COMPILED,
      (side, with) -> side.findForLogin(with.user().username())),
  ACTIVE_PASSWORD(
      "active password", Kind.COMPILED, (side, with) -> side.activePassword(with.user())),
  LOOKUP_BROWSER_SESSION(
      "browser session with user",
      Kind.COMPILED,
      (side, with) -> side.lookupBrowserSession(with.browserSession())),
  FIND_CLIENT(
      "client by its id", Kind.COMPILED, (side, with) -> side.findClient(with.client().clientId())),
  INTROSPECT(
      "introspection of an access token",
      Kind.COMPILED,
      (side, with) -> side.introspect(with.accessToken())),
  ADD_USER("add user", Kind.COMPILED, (side, with) -> side.addUser(with.newUsername())),
  ADD_BROWSER_SESSION(
      "add browser session",
      Kind.COMPILED,
      (side, with) -> side.addBrowserSession(with.user(), Operation.USER_AGENT)),
  START_CLIENT_CREDENTIALS(
      "session and token of a client",
      Kind.COMPILED,
      (side, with) -> side.startClientCredentials(with.client(), Operation.accessToken())),
  ROTATE("refresh of a token", Kind.COMPILED, Operation::rotate),
  SESSIONS_OF_USER(
      "page of a user's sessions", Kind.LIST, (side, with) -> side.sessionsOf(with.user())),
  USERS("page of all users", Kind.LIST, (side, with) -> side.usersAfter(with.user().id())),
  COUNT_SESSIONS_OF_USER(
      "count of a user's sessions", Kind.LIST, (side, with) -> side.countSessionsOf(with.user())),
  LOG_IN(
      "log-in: 3 statements, 1 transaction",
      Kind.COMPILED,
      (side, with) -> side.logIn(with.user().username(), Operation.USER_AGENT));

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

  private static Object rotate(Operations side, Accounts with) {
    Accounts.Refreshed refreshed = with.refreshed();
    String successor = TokenKind.REFRESH_TOKEN.generate(RANDOM);
    NewTokens tokens = new NewTokens(accessToken(), Optional.of(TTL), Optional.of(successor));
    Object rotated = side.rotate(refreshed.client(), refreshed.token(), tokens);
    with.refreshed(successor);
    return rotated;
  }
}
