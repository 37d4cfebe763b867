package dev.authstore.storage.upstream;

import dev.authstore.model.upstream.UpstreamOAuthLink;

/**
 * The link of an identity.
 *
 * @param added whether the identity was unknown before
 */
public record FoundLink(UpstreamOAuthLink link, boolean added) {}
