package dev.authstore.migrations;

import java.time.Instant;
import java.util.Optional;

/**
 * One script, as program and database know it.
 *
 * @param appliedAt when; empty if it was not
 * @param appliedBy the role that it was applied as
 */
public record ScriptStatus(
    MigrationScript script,
    Progress progress,
    Optional<Instant> appliedAt,
    Optional<String> appliedBy) {

  /** How far a script is. */
  public enum Progress {
    APPLIED,
    PENDING,
    /** Applied with other contents, or unknown and not the newest. */
    MODIFIED,
    /** Begun outside a transaction, and ended badly. */
    FAILED,
    /** Missing, although later ones were applied. */
    OUT_OF_ORDER,
    /** Applied by a newer program. */
    NEWER
  }
}
