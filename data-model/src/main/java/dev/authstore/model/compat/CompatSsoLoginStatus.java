package dev.authstore.model.compat;

/** How far a login through the browser has come. */
public enum CompatSsoLoginStatus {
  /** Nobody has approved it. */
  PENDING,
  /** Approved, and not exchanged. */
  FULFILLED,
  /** Exchanged for a session. */
  EXCHANGED
}
