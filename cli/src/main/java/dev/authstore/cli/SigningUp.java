package dev.authstore.cli;

import dev.authstore.model.RandomText;
import dev.authstore.model.user.RegistrationPassword;
import dev.authstore.model.user.User;
import dev.authstore.model.user.UserEmailAuthentication;
import dev.authstore.model.user.UserRegistration;
import dev.authstore.model.user.UserRegistrationToken;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.user.CodeAttempt;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** From an invitation, by way of a proved address, to an account. */
final class SigningUp {
  static final String ADDRESS = "alice@example.com";

  private static final int TOKEN_LENGTH = 12;
  private static final int CODE_LENGTH = 6;
  private static final Duration CODE_LIFETIME = Duration.ofMinutes(5);

  private final Scene scene;
  private final RandomGenerator random = new SecureRandom();

  SigningUp(Scene scene) {
    this.scene = scene;
  }

  User run(String password) {
    UserRegistrationToken token = invite();
    UserRegistration registration = begin(password);
    prove(registration);
    scene.call(
        "present token",
        repo -> present(repo, registration, token.token()),
        attached -> "attached, not used yet");
    User alice =
        scene.call(
            "finish",
            repo -> finish(repo, registration, token),
            user -> "account Alice, token used, password moved");
    scene.refused("use token again", repo -> repo.userRegistrationTokens().useToken(token));
    scene.refused("take the name", repo -> repo.users().addIfAvailable("ALICE"));
    return alice;
  }

  private UserRegistrationToken invite() {
    String text = RandomText.alphanumerics(random, TOKEN_LENGTH);
    return scene.direct(
        "invite",
        repo -> repo.userRegistrationTokens().add(text, Optional.of(1), Optional.empty()),
        token -> "registration token for one sign-up");
  }

  private UserRegistration begin(String password) {
    String hash = StandInHash.of(password);
    return scene.call(
        "begin sign-up",
        repo -> begin(repo, hash),
        begun -> "name and hash kept (PBKDF2, a stand-in)");
  }

  private void prove(UserRegistration registration) {
    String code = RandomText.digits(random, CODE_LENGTH);
    UserEmailAuthentication authentication =
        scene.call(
            "send code",
            repo -> sendCode(repo, registration, code),
            begun -> "to " + begun.email() + ", keyed digest kept");
    scene.direct(
        "enter a code",
        repo -> repo.userEmails().tryAuthenticationCode(authentication, "guess"),
        attempt -> "wrong, %d attempts left".formatted(attemptsLeft(attempt)));
    scene.call(
        "enter the code",
        repo -> enter(repo, authentication, code),
        proved -> "address proved, code deleted");
  }

  private static UserRegistration begin(RepositoryAccess repo, String hash) {
    UserRegistration registration =
        repo.userRegistrations()
            .add("Alice", Optional.empty(), Optional.of(Demo.BROWSER), Optional.empty());
    return repo.userRegistrations().setPassword(registration, StandInHash.VERSION, hash);
  }

  private static UserEmailAuthentication sendCode(
      RepositoryAccess repo, UserRegistration registration, String code) {
    UserEmailAuthentication authentication =
        repo.userEmails().addAuthenticationForRegistration(registration, ADDRESS);
    repo.userRegistrations().setEmailAuthentication(registration, authentication);
    repo.userEmails().addAuthenticationCode(authentication, code, CODE_LIFETIME);
    return authentication;
  }

  private static UserEmailAuthentication enter(
      RepositoryAccess repo, UserEmailAuthentication authentication, String code) {
    if (repo.userEmails().tryAuthenticationCode(authentication, code)
        instanceof CodeAttempt.Matched matched) {
      return repo.userEmails().completeAuthenticationWithCode(authentication, matched.code());
    }
    throw new DemoException("the right code was refused");
  }

  private static UserRegistration present(
      RepositoryAccess repo, UserRegistration registration, String text) {
    UserRegistrationToken token = repo.userRegistrationTokens().findByToken(text).orElseThrow();
    return repo.userRegistrations().setRegistrationToken(registration, token);
  }

  private static User finish(
      RepositoryAccess repo, UserRegistration registration, UserRegistrationToken token) {
    UserRegistration completed = repo.userRegistrations().complete(registration);
    repo.userRegistrationTokens().useToken(token);
    User user = repo.users().addIfAvailable(completed.username());
    repo.userEmails().addIfUnused(user, ADDRESS);
    RegistrationPassword password = completed.password().orElseThrow();
    repo.userPasswords().add(user, password.version(), password.hashedPassword(), Optional.empty());
    return user;
  }

  private static int attemptsLeft(CodeAttempt attempt) {
    if (attempt instanceof CodeAttempt.Wrong wrong) {
      return wrong.attemptsLeft();
    }
    throw new DemoException("a guess was taken for the code");
  }
}
