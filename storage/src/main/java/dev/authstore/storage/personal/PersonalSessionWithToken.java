package dev.authstore.storage.personal;

import dev.authstore.model.personal.PersonalAccessToken;
import dev.authstore.model.personal.PersonalSession;
import java.util.Optional;

/**
 * A personal session with its token.
 *
 * @param activeToken the one that is not revoked, if there is one; it may have expired
 */
public record PersonalSessionWithToken(
    PersonalSession session, Optional<PersonalAccessToken> activeToken) {}
