package dev.authstore.storage.personal;

import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.personal.PersonalAccessToken;
import dev.authstore.model.personal.PersonalSession;
import dev.authstore.model.user.User;
import java.util.Optional;

/**
 * A personal access token that may be used, with all that makes it so.
 *
 * @param actor whom it acts as
 * @param ownerUser the owner, if that is a user; possibly the actor
 * @param ownerClient the owner, if that is a client
 */
public record ActivePersonalToken(
    PersonalAccessToken token,
    PersonalSession session,
    User actor,
    Optional<User> ownerUser,
    Optional<OAuth2Client> ownerClient) {}
