package dev.authstore.storage;

/** What was taken already. */
public enum ConflictKind {
  /** The user name belongs to another account. */
  USERNAME_TAKEN,
  /** The e-mail address belongs to this account already, or to another one where it must not. */
  EMAIL_TAKEN,
  /** The e-mail authentication has this very code already; another one must be drawn. */
  EMAIL_CODE_TAKEN,
  /** The password to be replaced is no longer the active one. */
  PASSWORD_SUPERSEDED,
  /** Another registration token has this text, which may be a revoked one. */
  REGISTRATION_TOKEN_TAKEN,
  /** The upstream authorization session has authenticated another browser session. */
  UPSTREAM_SESSION_USED,
  /** Another upstream authorization session has this state; make another one. */
  UPSTREAM_STATE_TAKEN,
  /** The identity at the provider has a link already. */
  UPSTREAM_SUBJECT_TAKEN,
  /** The identity at the provider belongs to another account. */
  UPSTREAM_LINK_TAKEN,
  /** The recovery ticket exists already; make another one. */
  RECOVERY_TICKET_TAKEN,
  /** Another client has registered the same metadata. */
  CLIENT_METADATA_TAKEN,
  /** The token exists already; make another one. */
  TOKEN_TAKEN,
  /** The session has a token that is not revoked, perhaps an expired one. */
  SESSION_HAS_TOKEN,
  /** The device code exists already; make another one. */
  DEVICE_CODE_TAKEN,
  /** The user code exists already; make another one. */
  USER_CODE_TAKEN,
  /** The account has an unfinished session on this device. */
  DEVICE_TAKEN,
  /** Another login was exchanged for this session. */
  COMPAT_SESSION_USED,
  /** An occurrence of the schedule has not ended yet. */
  SCHEDULE_PENDING,
}
