package dev.authstore.storage.user;

import dev.authstore.model.user.User;
import dev.authstore.model.user.UserEmail;

/** An address and the account that has it. */
public record EmailWithUser(UserEmail email, User user) {}
