package dev.authstore.migrations;

import dev.authstore.migrations.ScriptStatus.Progress;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationState;
import org.flywaydb.core.api.MigrationVersion;

/** The scripts of the program and those of the history, side by side. */
final class Scripts {

  private final List<MigrationInfo> all;
  private final MigrationVersion newestKnown;

  Scripts(MigrationInfo[] infos) {
    this.all =
        Arrays.stream(infos)
            .filter(info -> !info.getType().isSynthetic()) // notes of Flyway's own
            .sorted(Comparator.comparing(MigrationInfo::getVersion))
            .toList();
    this.newestKnown =
        all.stream()
            .filter(info -> info.getState().isResolved())
            .map(MigrationInfo::getVersion)
            .max(Comparator.naturalOrder())
            .orElse(MigrationVersion.EMPTY);
  }

  static MigrationScript script(MigrationInfo info) {
    return new MigrationScript(info.getVersion().getVersion(), info.getDescription());
  }

  /** The newest script applied. */
  Optional<String> version() {
    return all.stream()
        .filter(Scripts::isApplied)
        .reduce((earlier, later) -> later)
        .map(info -> info.getVersion().getVersion());
  }

  /** The newest script that this program knows. */
  MigrationVersion newestKnown() {
    return newestKnown;
  }

  /** Whether the program has it. */
  boolean knows(String version) {
    return version.matches("[0-9]+")
        && all.stream()
            .filter(info -> info.getState().isResolved())
            .anyMatch(info -> info.getVersion().equals(MigrationVersion.fromVersion(version)));
  }

  List<ScriptStatus> list() {
    return all.stream().map(this::status).toList();
  }

  /** The gravest difference: what must be dealt with before the others. */
  SchemaState state() {
    if (have(Progress.FAILED)) {
      return new SchemaState.Failed(those(Progress.FAILED));
    }
    if (have(Progress.MODIFIED)) {
      return new SchemaState.Modified(those(Progress.MODIFIED));
    }
    if (have(Progress.NEWER)) {
      return new SchemaState.Newer(those(Progress.NEWER), false);
    }
    if (have(Progress.OUT_OF_ORDER)) {
      return new SchemaState.OutOfOrder(those(Progress.OUT_OF_ORDER));
    }
    return have(Progress.PENDING)
        ? new SchemaState.Pending(those(Progress.PENDING))
        : new SchemaState.UpToDate();
  }

  private boolean have(Progress progress) {
    return all.stream().anyMatch(info -> progress(info) == progress);
  }

  private List<MigrationScript> those(Progress progress) {
    return all.stream().filter(info -> progress(info) == progress).map(Scripts::script).toList();
  }

  private ScriptStatus status(MigrationInfo info) {
    return new ScriptStatus(
        script(info),
        progress(info),
        Optional.ofNullable(info.getInstalledOn()).map(Scripts::instant),
        Optional.ofNullable(info.getInstalledBy()));
  }

  private Progress progress(MigrationInfo info) {
    if (info.getState().isFailed()) {
      return Progress.FAILED;
    }
    if (isApplied(info)) {
      return isNewer(info) ? Progress.NEWER : isSame(info) ? Progress.APPLIED : Progress.MODIFIED;
    }
    return info.getState() == MigrationState.IGNORED ? Progress.OUT_OF_ORDER : Progress.PENDING;
  }

  private boolean isNewer(MigrationInfo info) {
    return !info.getState().isResolved() && info.getVersion().isNewerThan(newestKnown);
  }

  private static boolean isSame(MigrationInfo info) {
    return info.getState().isResolved()
        && info.isChecksumMatching()
        && info.isDescriptionMatching()
        && info.isTypeMatching();
  }

  private static boolean isApplied(MigrationInfo info) {
    return info.getState().isApplied();
  }

  /** The history keeps UTC without saying so, and the driver takes it for the zone of the JVM. */
  private static Instant instant(Date read) {
    return read.toInstant()
        .atZone(ZoneId.systemDefault())
        .toLocalDateTime()
        .toInstant(ZoneOffset.UTC);
  }
}
