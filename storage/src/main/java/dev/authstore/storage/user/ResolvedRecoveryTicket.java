package dev.authstore.storage.user;

import dev.authstore.model.user.User;
import dev.authstore.model.user.UserEmail;
import dev.authstore.model.user.UserRecoverySession;
import dev.authstore.model.user.UserRecoveryTicket;

/**
 * A recovery ticket with all that decides whether it may be used.
 *
 * @param session for which it was mailed
 * @param email to which it was mailed
 * @param user whose password it resets
 */
public record ResolvedRecoveryTicket(
    UserRecoveryTicket ticket, UserRecoverySession session, UserEmail email, User user) {}
