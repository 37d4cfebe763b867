package dev.authstore.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdentifiersTest {

  @Nested
  class RequireValid {

    @ParameterizedTest
    @ValueSource(
        strings = {"authstore", "Upper", "a b", "a\"b", "Türkçe", "pgx", "INFORMATION_SCHEMA"})
    void acceptsWhatCanBeQuoted(String name) {
      assertThat(Identifiers.requireValid("schema", name)).isEqualTo(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a\0b", "pg_", "pg_temp_1", "information_schema"})
    void refusesTheImpossibleAndTheReserved(String name) {
      assertThatThrownBy(() -> Identifiers.requireValid("schema", name))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageStartingWith("schema: the name ");
    }

    @Test
    void countsBytes() {
      assertThat(Identifiers.requireValid("schema", "é".repeat(31) + "e")).hasSize(32);
      assertThatThrownBy(() -> Identifiers.requireValid("schema", "é".repeat(32)))
          .hasMessageContaining("longer than 63 bytes");
    }
  }

  @Nested
  class Quoted {

    @Test
    void doublesQuotationMarks() {
      assertThat(Identifiers.quoted("a\"b")).isEqualTo("\"a\"\"b\"");
    }
  }
}
