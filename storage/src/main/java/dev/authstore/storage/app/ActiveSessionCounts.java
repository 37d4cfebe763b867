package dev.authstore.storage.app;

/**
 * How many sessions of a user have not ended.
 *
 * @param personal those that the user owns and that act as the same user
 */
public record ActiveSessionCounts(long oauth2, long compat, long personal) {

  /** What counts against a limit of sessions. */
  public long total() {
    return oauth2 + compat + personal;
  }
}
