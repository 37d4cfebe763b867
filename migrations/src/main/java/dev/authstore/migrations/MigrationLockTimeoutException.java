package dev.authstore.migrations;

/** Another process was migrating the schema for longer than we may wait. Nothing was changed. */
public final class MigrationLockTimeoutException extends RuntimeException {

  private final transient LockHolder holder;

  MigrationLockTimeoutException(MigrationSettings settings, LockHolder holder) {
    super(
        "schema %s is being migrated by %s; waited %s (DB_MIGRATIONS_LOCK_TIMEOUT)"
            .formatted(settings.schema(), holder, settings.lockTimeout()));
    this.holder = holder;
  }

  /** Who was in the way. */
  public LockHolder holder() {
    return holder;
  }
}
