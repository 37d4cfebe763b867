package dev.authstore.cli;

import dev.authstore.database.ConnectFailedException;
import dev.authstore.database.Connections;
import dev.authstore.database.DatabaseConfig;
import dev.authstore.database.EffectiveSetting;
import dev.authstore.database.Notice;
import dev.authstore.database.Origin;
import dev.authstore.database.ServerFacts;
import dev.authstore.migrations.MigrationSettings;
import dev.authstore.migrations.Migrations;
import dev.authstore.migrations.RunRights;
import dev.authstore.migrations.SchemaAccessDeniedException;
import dev.authstore.migrations.SchemaCatalogue;
import dev.authstore.migrations.SchemaState;
import dev.authstore.migrations.SchemaStatus;
import dev.authstore.storage.pg.ExpectedSchema;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Examines a database as the service would use it, from the settings to the schema. What needs
 * something that is missing is left out.
 */
final class Doctor {

  private static final int MOST_NAMES = 5;

  private final DatabaseConfig config;
  private final List<Finding> findings = new ArrayList<>();

  Doctor(DatabaseConfig config) {
    this.config = config;
  }

  List<Finding> examine() {
    settings();
    if (!connection() || !connectionOfMigrator()) {
      return findings;
    }
    try (Connection connection = Connections.open(config.dataSource())) {
      ServerCheck server = new ServerCheck(connection, config);
      findings.addAll(server.findings());
      findings.addAll(new PoolerCheck(config).findings(connection));
      SchemaState state = schema();
      if (state instanceof SchemaState.UpToDate || state instanceof SchemaState.Newer) {
        rights();
        findings.addAll(server.schemaFindings());
      }
      if (state instanceof SchemaState.UpToDate) {
        drift();
        queue();
      }
    } catch (SQLException e) {
      findings.add(
          Finding.fail("server", "a question failed (" + e.getSQLState() + ")", Failures.FAILED));
    }
    return findings;
  }

  private void settings() {
    String origins =
        config.effective().stream()
            .filter(setting -> setting.origin().source() != Origin.Source.DEFAULT)
            .filter(setting -> setting.origin().source() != Origin.Source.CONNECTION_STRING)
            .map(setting -> "%s (%s)".formatted(setting.key(), setting.origin()))
            .collect(Collectors.joining(", "));
    findings.add(Finding.ok("settings", origins.isEmpty() ? "nothing but defaults" : origins));
    for (EffectiveSetting setting : config.effective()) {
      if (setting.key().equals("options") || setting.key().equals("migrations.options")) {
        findings.add(Finding.ok(setting.key(), setting.value()));
      }
    }
    for (Notice notice : config.notices()) {
      findings.add(
          notice.warning()
              ? Finding.warn("settings", notice.text())
              : Finding.ok("settings", notice.text()));
    }
  }

  private boolean connection() {
    try {
      ServerFacts server = Connections.awaitServer(config);
      findings.add(Finding.ok("connection", config.target() + ", PostgreSQL " + server.version()));
      tls(server);
      pool(server);
      if (server.readOnly()) {
        String what = server.inRecovery() ? "the server is a standby" : "the server is read-only";
        findings.add(Finding.fail("server", what, Failures.NO_DATABASE));
      }
      return true;
    } catch (ConnectFailedException e) {
      findings.add(
          Finding.fail("connection", config.target() + ": " + text(e), Failures.exitCode(e)));
      return false;
    }
  }

  private boolean connectionOfMigrator() {
    if (!config.hasOwnMigrator()) {
      return true;
    }
    try {
      Connections.awaitServerOfMigrator(config);
      findings.add(Finding.ok("migrator", config.migrationTarget()));
      return true;
    } catch (ConnectFailedException e) {
      findings.add(
          Finding.fail(
              "migrator", config.migrationTarget() + ": " + text(e), Failures.exitCode(e)));
      return false;
    }
  }

  private void tls(ServerFacts server) {
    if (server.encrypted()) {
      findings.add(Finding.ok("tls", server.tls() + ", sslmode=" + config.sslMode()));
    } else if (config.leavesTheMachine()) {
      findings.add(
          Finding.warn("tls", "not encrypted, and the server is elsewhere: sslmode=verify-full"));
    } else {
      findings.add(Finding.ok("tls", "none, the server is on this machine"));
    }
  }

  private void pool(ServerFacts server) {
    String numbers =
        "%d of the pool, %d free on the server"
            .formatted(config.poolSize(), server.freeConnections());
    findings.add(
        config.poolSize() + 2 > server.freeConnections()
            ? Finding.warn("pool", numbers + ": raise max_connections or lower DB_POOL_SIZE")
            : Finding.ok("pool", numbers));
  }

  private SchemaState schema() {
    SchemaStatus status = Migrations.of(config).status();
    int exitCode = StatusCommand.exitCode(status.state(), config);
    String text = "%s %s".formatted(config.schema(), status.state().describe());
    if (exitCode == 0) {
      findings.add(Finding.ok("schema", text + status.version().map(v -> ", " + v).orElse("")));
    } else {
      findings.add(Finding.fail("schema", text, exitCode));
    }
    if (status.state() instanceof SchemaState.Pending) {
      migratorRights();
    }
    return status.state();
  }

  private void migratorRights() {
    try {
      Migrations.of(config).requireRights();
      findings.add(Finding.ok("migrator", "may apply what is missing"));
    } catch (SchemaAccessDeniedException e) {
      findings.add(Finding.fail("migrator", text(e), Failures.DENIED));
    }
  }

  private void rights() {
    RunRights rights = RunRights.of(config);
    if (!rights.missing().isEmpty()) {
      findings.add(
          Finding.fail(
              "rights",
              "role %s %s; %s"
                  .formatted(
                      rights.role(),
                      String.join(", ", rights.missing()),
                      String.join(" ", rights.grants())),
              Failures.DENIED));
    } else if (rights.excessive().isEmpty()) {
      findings.add(Finding.ok("rights", "role %s has what it needs".formatted(rights.role())));
    } else {
      findings.add(
          Finding.warn(
              "rights",
              "role %s may %s; `authstore database grants` divides the rights"
                  .formatted(rights.role(), String.join(", ", rights.excessive()))));
    }
  }

  /** Left out where the role may not read, or the schema lacks something. */
  private void queue() {
    if (findings.stream().noneMatch(finding -> finding.level() == Finding.Level.FAIL)) {
      findings.add(QueueCheck.finding(config));
    }
  }

  private void drift() {
    SchemaCatalogue live = SchemaCatalogue.read(config.dataSource(), MigrationSettings.of(config));
    SchemaCatalogue.Drift drift = ExpectedSchema.catalogue().driftOf(live);
    if (drift.isNone()) {
      findings.add(
          Finding.ok("drift", "none, %d definitions".formatted(live.definitions().size())));
    }
    if (!drift.missing().isEmpty()) {
      findings.add(Finding.fail("drift", "missing: " + some(drift.missing()), Failures.MISMATCH));
    }
    if (!drift.different().isEmpty()) {
      findings.add(Finding.warn("drift", "defined otherwise: " + some(drift.different())));
    }
    if (!drift.additional().isEmpty()) {
      findings.add(Finding.warn("drift", "not ours: " + some(drift.additional())));
    }
  }

  static String some(List<String> names) {
    String text = names.stream().limit(MOST_NAMES).collect(Collectors.joining(", "));
    int more = names.size() - MOST_NAMES;
    return more > 0 ? text + " and %d more".formatted(more) : text;
  }

  private static String text(RuntimeException failure) {
    return Failures.oneLine(failure.getMessage());
  }
}
