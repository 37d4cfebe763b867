package dev.authstore.model.user;

import java.time.Instant;
import java.util.UUID;

/**
 * One event in a browser session in which the person proved who they are. The latest one gives
 * {@code auth_time} (OpenID Connect Core 1.0, section 2).
 */
public record Authentication(
    UUID id, UUID browserSessionId, Instant createdAt, AuthenticationMethod method) {}
