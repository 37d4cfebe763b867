package dev.authstore.migrations;

import java.time.Duration;
import java.util.List;

/**
 * What one call of {@link Migrations#apply} did.
 *
 * @param applied the scripts it applied itself, in order; empty when nothing was pending
 */
public record MigrationReport(List<MigrationScript> applied, Duration duration) {

  public MigrationReport {
    applied = List.copyOf(applied);
  }
}
