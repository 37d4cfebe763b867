package com.example.chat;

import dev.authstore.model.user.User;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.pg.PgWork;
import java.util.Optional;

/**
 * All that is stored, as one unit of work sees it.
 *
 * @param accounts what is Authstore's
 * @param channels ours
 * @param emailLog ours
 */
public record Chat(RepositoryAccess accounts, Channels channels, EmailLog emailLog) {

  /** In the unit of work that {@code call}, {@code read} and the like give. */
  public static Chat in(RepositoryAccess repo) {
    PgWork work = PgWork.of(repo);
    return new Chat(repo, new Channels(work), new EmailLog(work));
  }

  /** An account with an address and a first channel, and the mail that welcomes it; or nothing. */
  public Optional<Channel> signUp(String name, String email) {
    User user = accounts.users().addIfAvailable(name);
    accounts.userEmails().add(user, email);
    emailLog.add(user, "Welcome, " + name);
    return channels.add(user, name);
  }
}
