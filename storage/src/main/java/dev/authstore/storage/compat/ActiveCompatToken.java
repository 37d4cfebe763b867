package dev.authstore.storage.compat;

import dev.authstore.model.compat.CompatAccessToken;
import dev.authstore.model.compat.CompatSession;
import dev.authstore.model.user.User;

/** A token that may be used, and by whom: all three are valid. */
public record ActiveCompatToken(CompatAccessToken token, CompatSession session, User user) {}
