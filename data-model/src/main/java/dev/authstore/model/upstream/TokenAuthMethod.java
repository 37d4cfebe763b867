package dev.authstore.model.upstream;

/**
 * How the service proves to a provider's token endpoint who it is (OpenID Connect Core 1.0, section
 * 9). Closed: the service must know how.
 */
public enum TokenAuthMethod {
  /** Not at all: a public client. */
  NONE,
  CLIENT_SECRET_BASIC,
  CLIENT_SECRET_POST,
  CLIENT_SECRET_JWT,
  /** By a key of the service's own. */
  PRIVATE_KEY_JWT,
  /** By a key that Apple has handed out, kept as the secret. */
  SIGN_IN_WITH_APPLE;

  /** Whether there must be a secret, and may not be one otherwise. */
  public boolean usesSecret() {
    return switch (this) {
      case NONE, PRIVATE_KEY_JWT -> false;
      case CLIENT_SECRET_BASIC, CLIENT_SECRET_POST, CLIENT_SECRET_JWT, SIGN_IN_WITH_APPLE -> true;
    };
  }

  /** Whether the algorithm of a signature must be chosen, and may not be otherwise. */
  public boolean choosesAlgorithm() {
    return this == CLIENT_SECRET_JWT || this == PRIVATE_KEY_JWT;
  }
}
