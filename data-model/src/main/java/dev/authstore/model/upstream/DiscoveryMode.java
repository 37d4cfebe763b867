package dev.authstore.model.upstream;

/** Whether the metadata of a provider is fetched (OpenID Connect Discovery 1.0). */
public enum DiscoveryMode {
  /** Fetched and verified. */
  OIDC,
  /** Fetched, for a provider whose metadata does not stand up to verification. */
  INSECURE,
  /** Never fetched: the addresses are those of the configuration. */
  DISABLED;

  /** Whether nothing is fetched. */
  public boolean isDisabled() {
    return this == DISABLED;
  }
}
