package dev.authstore.model.upstream;

/** What becomes of a sign-up whose imported name is that of an account. */
public enum OnConflict {
  /** It fails. */
  FAIL,
  /** The account gets the link, besides those it has. */
  ADD,
  /** The account gets the link instead of those it has to this provider. */
  REPLACE,
  /** The account gets the link if it has none to this provider. */
  SET
}
