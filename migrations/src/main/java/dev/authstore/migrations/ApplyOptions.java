package dev.authstore.migrations;

import java.util.Optional;

/**
 * How to apply scripts. An accessor given an argument returns a changed copy.
 *
 * @param target the last script to apply; all of them if empty
 * @param listener hears how it goes on
 */
public record ApplyOptions(Optional<String> target, MigrationListener listener) {

  /** All scripts, in silence. */
  public static ApplyOptions all() {
    return new ApplyOptions(Optional.empty(), MigrationListener.NONE);
  }

  public ApplyOptions target(String version) {
    return new ApplyOptions(Optional.of(version), listener);
  }

  public ApplyOptions listener(MigrationListener other) {
    return new ApplyOptions(target, other);
  }
}
