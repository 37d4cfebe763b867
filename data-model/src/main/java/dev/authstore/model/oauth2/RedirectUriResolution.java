package dev.authstore.model.oauth2;

import java.net.URI;

/** Where the answer to an authorization request goes, or why nowhere. */
public sealed interface RedirectUriResolution {
  /** To this URI: as requested, with its port, or else the only one registered. */
  record Resolved(URI uri) implements RedirectUriResolution {

    @Override
    public String toString() {
      return "Resolved[]";
    }
  }

  /** Nowhere. */
  record Refused(Reason reason) implements RedirectUriResolution {}

  /** Why an authorization request cannot be answered. */
  enum Reason {
    /** The client has registered no URI. */
    NONE_REGISTERED,
    /** The client has registered several, and the request chose none. */
    MULTIPLE_REGISTERED,
    /** The URI requested matches none of those registered. */
    NOT_ALLOWED
  }
}
