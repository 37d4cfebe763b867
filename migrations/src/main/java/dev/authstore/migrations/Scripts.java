package dev.authstore.migrations;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
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
            .filter(info -> info.getVersion() != null) // notes of Flyway's own
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

  /** The gravest difference: what must be dealt with before the others. */
  SchemaState state() {
    List<MigrationScript> failed = those(info -> info.getState().isFailed());
    if (!failed.isEmpty()) {
      return new SchemaState.Failed(failed);
    }
    List<MigrationScript> modified = those(this::isModified);
    if (!modified.isEmpty()) {
      return new SchemaState.Modified(modified);
    }
    List<MigrationScript> newer = those(this::isNewer);
    if (!newer.isEmpty()) {
      return new SchemaState.Newer(newer);
    }
    List<MigrationScript> skipped = those(info -> info.getState() == MigrationState.IGNORED);
    if (!skipped.isEmpty()) {
      return new SchemaState.OutOfOrder(skipped);
    }
    List<MigrationScript> pending = those(info -> info.getState() == MigrationState.PENDING);
    return pending.isEmpty() ? new SchemaState.UpToDate() : new SchemaState.Pending(pending);
  }

  private List<MigrationScript> those(Predicate<MigrationInfo> criterion) {
    return all.stream().filter(criterion).map(Scripts::script).toList();
  }

  private boolean isModified(MigrationInfo info) {
    if (!isApplied(info)) {
      return false;
    }
    boolean same =
        info.isChecksumMatching() && info.isDescriptionMatching() && info.isTypeMatching();
    return info.getState().isResolved() ? !same : !isNewer(info);
  }

  private boolean isNewer(MigrationInfo info) {
    return isApplied(info)
        && !info.getState().isResolved()
        && info.getVersion().isNewerThan(newestKnown);
  }

  private static boolean isApplied(MigrationInfo info) {
    return info.getState().isApplied();
  }
}
