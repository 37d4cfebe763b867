package dev.authstore.migrations;

import java.util.List;

/**
 * A role lacks rights that it needs. Found out before anything was changed.
 *
 * <p>The message names the role, what it cannot do, and the statements that change that.
 */
public final class SchemaAccessDeniedException extends RuntimeException {

  private final transient List<String> grants;

  /**
   * @param task what the role was to do, to complete "role x may not"
   * @param missing what it lacks, each to complete "it"
   */
  SchemaAccessDeniedException(String role, String task, List<String> missing, List<String> grants) {
    super(
        "role %s may not %s: it %s; whoever administers the database can run: %s"
            .formatted(role, task, String.join(", ", missing), String.join(" ", grants)));
    this.grants = List.copyOf(grants);
  }

  /** SQL that makes it work, to be run by a superuser or the owner of the database. */
  public List<String> grants() {
    return grants;
  }
}
