package dev.authstore.migrations;

import java.util.List;

/**
 * What a repair does, or has done.
 *
 * @param scripts that failed outside a transaction; they will be applied anew
 * @param invalidIndexes that they left behind, to be dropped
 */
public record RepairReport(List<MigrationScript> scripts, List<String> invalidIndexes) {

  public RepairReport {
    scripts = List.copyOf(scripts);
    invalidIndexes = List.copyOf(invalidIndexes);
  }

  public boolean isEmpty() {
    return scripts.isEmpty() && invalidIndexes.isEmpty();
  }
}
