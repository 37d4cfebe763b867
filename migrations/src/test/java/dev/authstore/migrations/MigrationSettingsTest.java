package dev.authstore.migrations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.authstore.database.ConfigurationException;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MigrationSettingsTest {

  private final MigrationSettings settings = MigrationSettings.defaults();

  @Test
  void haveDefaults() {
    assertThat(settings)
        .isEqualTo(
            new MigrationSettings(
                "authstore",
                Optional.empty(),
                "authstore_schema_history",
                Duration.ofMinutes(10),
                false));
  }

  @Test
  void changeOneThingAtATime() {
    assertThat(
            settings
                .schema("a")
                .historyTable("b")
                .historySchema("c")
                .lockTimeout(Duration.ofSeconds(1))
                .allowNewer(true))
        .isEqualTo(new MigrationSettings("a", Optional.of("c"), "b", Duration.ofSeconds(1), true));
  }

  @Test
  void refuseBadNames() {
    assertThatThrownBy(() -> settings.schema(""))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage("schema: the name is empty");
    assertThatThrownBy(() -> settings.historyTable("pg_history"))
        .hasMessage("history table: the name belongs to PostgreSQL: pg_history");
  }

  @Test
  void refuseHistoryTablesThatFlywayCannotMake() {
    assertThatThrownBy(() -> settings.historyTable("a\"b"))
        .hasMessage("history table: the name contains a quotation mark");
    assertThatThrownBy(() -> settings.historyTable("a".repeat(58)))
        .hasMessageStartingWith("history table and its index: the name is longer than 63 bytes");
  }
}
