package dev.authstore.storage.user;

import dev.authstore.model.user.User;
import dev.authstore.model.user.UserEmail;
import dev.authstore.model.user.UserRecoverySession;
import dev.authstore.model.user.UserRecoveryTicket;

/**
 * A ticket with all that decides about it.
 *
 * @param user whose password it may reset
 */
public record ResolvedRecoveryTicket(
    UserRecoveryTicket ticket, UserRecoverySession session, UserEmail email, User user) {}
