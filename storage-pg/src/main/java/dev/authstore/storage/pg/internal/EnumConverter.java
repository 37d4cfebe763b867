package dev.authstore.storage.pg.internal;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jooq.impl.AbstractConverter;
import org.jspecify.annotations.Nullable;

/**
 * Columns that hold the name of a constant in lower case. Other text becomes null, which {@link
 * Row#get} reports with its row: an exception here would lose it. So this is for columns that
 * always have a value.
 */
public final class EnumConverter<E extends Enum<E>> extends AbstractConverter<String, E> {
  private static final long serialVersionUID = 1L;

  private final transient Map<String, E> constants;

  public EnumConverter(Class<E> type) {
    super(String.class, type);
    this.constants =
        Arrays.stream(type.getEnumConstants())
            .collect(Collectors.toUnmodifiableMap(EnumConverter::text, Function.identity()));
  }

  @Override
  public @Nullable E from(@Nullable String stored) {
    return stored == null ? null : constants.get(stored);
  }

  @Override
  public @Nullable String to(@Nullable E constant) {
    return constant == null ? null : text(constant);
  }

  /** The name of a constant as it is stored. */
  public static String text(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
