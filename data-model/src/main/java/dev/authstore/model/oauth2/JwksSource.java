package dev.authstore.model.oauth2;

import dev.authstore.model.Json;
import java.net.URI;

/** Where a client's public keys are (RFC 7517): a client has them in one place or nowhere. */
public sealed interface JwksSource {
  /** In its metadata. */
  record Inline(Json jwks) implements JwksSource {}

  /** On its own server. */
  record Remote(URI jwksUri) implements JwksSource {

    @Override
    public String toString() {
      return "Remote[]";
    }
  }
}
