package dev.authstore.storage.pg.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.ResponseMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class EnumConverterTest {
  private final EnumConverter<ResponseMode> converter = new EnumConverter<>(ResponseMode.class);

  @ParameterizedTest
  @EnumSource
  void readsWhatItWrites(ResponseMode mode) {
    assertThat(converter.from(converter.to(mode))).isEqualTo(mode);
  }

  @Test
  void writesLowerCaseInEveryLocale() {
    assertThat(converter.to(ResponseMode.FORM_POST)).isEqualTo("form_post");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "QUERY", "form-post", "unknown"})
  void readsOtherTextAsNothing(String text) {
    assertThat(converter.from(text)).isNull();
  }

  @Test
  void readsNothingAsNothing() {
    assertThat(converter.from(null)).isNull();
    assertThat(converter.to(null)).isNull();
  }
}
