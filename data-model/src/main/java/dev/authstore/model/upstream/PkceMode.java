package dev.authstore.model.upstream;

/** Whether a login at a provider is protected by PKCE (RFC 7636). */
public enum PkceMode {
  /** If the provider's metadata says that it can. */
  AUTO,
  /** Always, with the method S256. */
  S256,
  /** Never. */
  DISABLED
}
