package dev.authstore.migrations;

import java.time.Duration;
import java.util.List;

/**
 * Hears how migrating goes on, on the thread that migrates. What it throws ends the migration
 * before the next script.
 */
public interface MigrationListener {

  /** Hears nothing. */
  MigrationListener NONE = new MigrationListener() {};

  /** These are about to be applied, in this order. */
  default void pending(List<MigrationScript> scripts) {}

  /** Somebody else is at it. Called again for as long as that is so. */
  default void waiting(LockHolder holder, Duration waited) {}

  /** This one has begun. A script that waited too long for a lock on a table begins again. */
  default void begun(MigrationScript script) {}

  /** This one is applied. */
  default void applied(MigrationScript script, Duration duration) {}
}
