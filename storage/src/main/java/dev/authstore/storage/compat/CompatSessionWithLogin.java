package dev.authstore.storage.compat;

import dev.authstore.model.compat.CompatSession;
import dev.authstore.model.compat.CompatSsoLogin;
import java.util.Optional;

/**
 * A session and how its client got it.
 *
 * @param ssoLogin the login through the browser that was exchanged for it; absent if the password
 *     went to the client
 */
public record CompatSessionWithLogin(CompatSession session, Optional<CompatSsoLogin> ssoLogin) {}
