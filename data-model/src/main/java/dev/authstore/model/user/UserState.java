package dev.authstore.model.user;

/** Whether an account may be used, and if not, what to tell its owner. */
public enum UserState {
  /** Neither locked nor deactivated. */
  ACTIVE,
  /** Blocked by an administrator, not deactivated. */
  LOCKED,
  /** Closed by its owner or an administrator, locked or not. */
  DEACTIVATED
}
