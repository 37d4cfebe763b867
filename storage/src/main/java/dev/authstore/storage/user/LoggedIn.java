package dev.authstore.storage.user;

import dev.authstore.model.user.Authentication;
import dev.authstore.model.user.BrowserSession;

/** A browser session and the authentication that it began with. */
public record LoggedIn(BrowserSession session, Authentication authentication) {}
