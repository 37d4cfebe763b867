package dev.authstore.model.oauth2;

import dev.authstore.model.Pkce;
import java.util.Optional;

/** That an authorization request has asked for a code ({@code response_type=code}). */
public record CodeRequest(Optional<Pkce> pkce) {}
