package dev.authstore.storage.oauth2;

import dev.authstore.model.oauth2.OAuth2AccessToken;
import dev.authstore.model.oauth2.OAuth2Session;

/** A session of a client that acts for itself, and its access token. */
public record StartedSession(OAuth2Session session, OAuth2AccessToken accessToken) {}
