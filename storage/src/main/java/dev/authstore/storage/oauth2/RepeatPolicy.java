package dev.authstore.storage.oauth2;

/** What becomes of a refresh token that is presented again. */
public enum RepeatPolicy {
  /**
   * The client may have lost the answer: while neither successor was used, both are revoked and it
   * gets another pair.
   */
  REISSUE_IF_UNUSED,
  /** It is refused. */
  REFUSE
}
