package dev.authstore.storage;

/** Why a stored row refuses a change. */
public enum StateReason {
  /** The account is locked by an administrator. */
  USER_LOCKED,
  /** The account is deactivated. */
  USER_DEACTIVATED,
  /** The session has ended. */
  SESSION_FINISHED,
  /** The request has been approved already. */
  ALREADY_FULFILLED,
  /** The request has been exchanged for a session already. */
  ALREADY_EXCHANGED,
  /** The request has not been approved. */
  NOT_FULFILLED,
  /** The request was called off. */
  CANCELLED,
  /** The request was declined. */
  REJECTED,
  /** Its time is over. */
  EXPIRED,
  /** It has been used, which is possible once only, or replaced by another one than expected. */
  CONSUMED,
  /** The token has been withdrawn. */
  REVOKED,
  /** What replaced the token is in force, so nothing else may. */
  SUCCESSOR_VALID,
  /** Others were faster, time and again. */
  RACED,
  /** The person has not come back from the provider yet. */
  PENDING,
  /** The link to the identity at the provider has been removed, or the login called off. */
  UNLINKED,
  /** The stored rows belong to different users. */
  WRONG_USER,
  /** The stored row belongs to another session. */
  WRONG_SESSION,
  /** The stored address is not the one that was asked for. */
  WRONG_EMAIL,
  /** It is completed, for good. */
  COMPLETED,
  /** Too many wrong codes have been tried. */
  ATTEMPTS_EXHAUSTED,
  /** The stored row was made for something else than this one. */
  WRONG_PARENT,
  /** Something that was attached to the sign-up has been removed since. */
  REQUIREMENT_LOST,
  /** It has been used as often as it may be. */
  EXHAUSTED,
  /** The worker has stopped, or was declared dead. */
  WORKER_SHUT_DOWN,
  /** The job waits for a worker. */
  JOB_AVAILABLE,
  /** The job waits for its time. */
  JOB_SCHEDULED,
  /** The job runs. */
  JOB_RUNNING,
  /** The job is done. */
  JOB_COMPLETED,
  /** The job has failed. */
  JOB_FAILED,
  /** The job was lost with its worker. */
  JOB_LOST,
  /** The job has a next attempt already. */
  JOB_RETRIED,
  /** The operation takes a lock that only a transaction can hold. */
  NO_TRANSACTION,
}
