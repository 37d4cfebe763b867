package dev.authstore.storage.oauth2;

import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2DeviceCodeGrant;

/** What a consent page shows. */
public record DeviceCodeGrantWithClient(OAuth2DeviceCodeGrant grant, OAuth2Client client) {}
