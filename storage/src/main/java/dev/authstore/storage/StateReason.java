package dev.authstore.storage;

/** Why a stored row refuses a change. */
public enum StateReason {
  /** The account is locked by an administrator. */
  USER_LOCKED,
  /** The account is deactivated. */
  USER_DEACTIVATED,
  /** The session has ended. */
  SESSION_FINISHED,
  /** The stored rows belong to different users. */
  WRONG_USER,
  /** It has been used, which is possible once only. */
  CONSUMED,
  /** Its time is over. */
  EXPIRED,
  /** The stored address is not the one that was asked for. */
  WRONG_EMAIL,
  /** The operation takes a lock that only a transaction can hold. */
  NO_TRANSACTION,
}
