package dev.authstore.storage.oauth2;

import dev.authstore.model.oauth2.OAuth2AuthorizationGrant;
import dev.authstore.model.oauth2.OAuth2Client;

/** What a consent page shows. */
public record AuthorizationGrantWithClient(OAuth2AuthorizationGrant grant, OAuth2Client client) {}
