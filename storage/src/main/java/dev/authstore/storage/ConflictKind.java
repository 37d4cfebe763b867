package dev.authstore.storage;

/** What was taken already. */
public enum ConflictKind {
  /** The user name belongs to another account. */
  USERNAME_TAKEN,
  /** The e-mail address belongs to this account already, or to another one where it must not. */
  EMAIL_TAKEN,
  /** The password to be replaced is no longer the active one. */
  PASSWORD_SUPERSEDED,
  /** The upstream authorization session has authenticated another browser session. */
  UPSTREAM_SESSION_USED,
  /** The secret of the ticket was used for another one. */
  TICKET_TAKEN,
}
