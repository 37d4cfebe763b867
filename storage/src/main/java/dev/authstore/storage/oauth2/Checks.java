package dev.authstore.storage.oauth2;

import dev.authstore.model.oauth2.JwksSource;
import dev.authstore.model.oauth2.RedirectUris;
import dev.authstore.storage.Inputs;
import dev.authstore.storage.InvalidInputException;
import java.net.URI;
import java.util.List;
import java.util.Optional;

/** The checks that several kinds of parameters of this group make. */
final class Checks {
  private static final int MAX_CLIENT_NAME = 1024;
  private static final int MAX_URI = 8192;
  private static final int MAX_SECRET = 8192;

  private Checks() {}

  static void uri(String name, URI uri) {
    Inputs.text(name, uri.toString(), MAX_URI);
  }

  static void uri(String name, Optional<URI> uri) {
    uri.ifPresent(value -> uri(name, value));
  }

  static void text(String name, Optional<String> text, int maxBytes) {
    text.ifPresent(value -> Inputs.text(name, value, maxBytes));
  }

  static void clientName(Optional<String> clientName) {
    text("client name", clientName, MAX_CLIENT_NAME);
  }

  static void jwks(Optional<JwksSource> jwks) {
    if (jwks.isPresent() && jwks.get() instanceof JwksSource.Remote remote) {
      uri("JWKS URI", remote.jwksUri());
    }
  }

  static List<URI> redirectUris(List<URI> uris) {
    return uris.stream().map(Checks::redirectUri).toList();
  }

  private static URI redirectUri(URI uri) {
    uri("redirect URI", uri);
    try {
      return RedirectUris.normalise(uri);
    } catch (IllegalArgumentException e) {
      throw new InvalidInputException("redirect URI has a " + e.getMessage(), e);
    }
  }

  static void clientSecret(Optional<String> encrypted) {
    encrypted.ifPresent(text -> secret("encrypted client secret", text));
  }

  /** A token or code of which the digest is kept, or a secret that came encrypted. */
  static void secret(String name, String secret) {
    Inputs.text(name, secret, MAX_SECRET);
  }
}
