package dev.authstore.cli;

import dev.authstore.model.RandomText;
import dev.authstore.model.user.Password;
import dev.authstore.model.user.User;
import dev.authstore.model.user.UserRecoverySession;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.user.EmailWithUser;
import dev.authstore.storage.user.ResolvedRecoveryTicket;
import dev.authstore.testing.Race;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;

/** A lost password, and a link that several browsers follow at once. */
final class Recovering {
  static final int BROWSERS = 8;

  private static final int TICKET_LENGTH = 32;
  private static final int PAGE_SIZE = 50;

  private final Scene scene;

  Recovering(Scene scene) {
    this.scene = scene;
  }

  void run(User alice, Password forgotten, String newPassword) {
    UserRecoverySession session =
        scene.direct(
            "lose password",
            repo ->
                repo.userRecovery()
                    .addSession(SigningUp.ADDRESS, Demo.BROWSER, Optional.empty(), "en"),
            begun -> "request kept, whosever the address is");
    String secret = RandomText.alphanumerics(new SecureRandom(), TICKET_LENGTH);
    scene.call(
        "mail tickets",
        repo -> mail(repo, session, secret),
        accounts -> "to %d account, digest kept".formatted(accounts));
    ResolvedRecoveryTicket ticket =
        scene
            .read(
                "open link",
                repo -> repo.userRecovery().resolveTicket(secret),
                found -> "found with session, address and account")
            .orElseThrow();
    String hash = StandInHash.of(newPassword);
    scene
        .steps()
        .run(
            "race for it",
            () -> race(ticket, hash),
            late -> "1 of %d sets a password, %d too late".formatted(BROWSERS, late));
    scene.refused(
        "old password", repo -> repo.browserSessions().login(alice, forgotten, Optional.empty()));
  }

  private static int mail(RepositoryAccess repo, UserRecoverySession session, String secret) {
    List<EmailWithUser> recipients =
        repo.userRecovery().listRecipients(session, Pagination.first(PAGE_SIZE)).nodes();
    for (EmailWithUser recipient : recipients) {
      repo.userRecovery().addTicket(session, recipient.email(), secret);
    }
    return recipients.size();
  }

  private int race(ResolvedRecoveryTicket ticket, String hash) {
    try {
      Race.Results<Password> results =
          Race.of(BROWSERS)
              .run(
                  number -> scene.repositories().<Password>call(repo -> reset(repo, ticket, hash)));
      long late = results.failures().stream().filter(Recovering::isTooLate).count();
      if (results.values().size() != 1 || late != BROWSERS - 1) {
        throw new DemoException("a ticket was not spent exactly once");
      }
      return (int) late;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DemoException("interrupted");
    }
  }

  private static Password reset(
      RepositoryAccess repo, ResolvedRecoveryTicket resolved, String hash) {
    repo.userRecovery().consumeTicket(resolved.ticket(), resolved.session());
    return repo.userPasswords().add(resolved.user(), StandInHash.VERSION, hash, Optional.empty());
  }

  private static boolean isTooLate(Throwable failure) {
    return failure instanceof InvalidStateException refusal
        && refusal.reason() == StateReason.CONSUMED;
  }
}
