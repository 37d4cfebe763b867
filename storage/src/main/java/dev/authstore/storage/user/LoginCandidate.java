package dev.authstore.storage.user;

import dev.authstore.model.user.Password;
import dev.authstore.model.user.User;
import java.util.Optional;

/**
 * Whom somebody who logs in claims to be.
 *
 * @param user in any state: tell about a lock only after the password was right
 * @param password the one to check against; absent if the account has none
 */
public record LoginCandidate(User user, Optional<Password> password) {}
