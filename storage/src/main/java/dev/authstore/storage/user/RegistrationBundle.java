package dev.authstore.storage.user;

import dev.authstore.model.user.UserEmailAuthentication;
import dev.authstore.model.user.UserRegistration;
import dev.authstore.model.user.UserRegistrationToken;
import java.util.Optional;

/**
 * A sign-up with what is attached to it, as one statement has read them.
 *
 * @param emailAuthentication the proof of control over an address
 * @param registrationToken the invitation that was presented, valid or not
 */
public record RegistrationBundle(
    UserRegistration registration,
    Optional<UserEmailAuthentication> emailAuthentication,
    Optional<UserRegistrationToken> registrationToken) {}
