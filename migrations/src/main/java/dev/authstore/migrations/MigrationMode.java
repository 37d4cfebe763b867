package dev.authstore.migrations;

/** What a start does about scripts that are still to be applied. */
public enum MigrationMode {
  /** Applies them, waiting for another process that is at it. */
  APPLY,
  /** Refuses to go on. */
  VERIFY,
  /** Does not look: for tests that have just migrated. */
  SKIP
}
