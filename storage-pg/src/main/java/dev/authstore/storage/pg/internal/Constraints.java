package dev.authstore.storage.pg.internal;

import dev.authstore.storage.pg.schema.Authstore;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jooq.Field;
import org.jooq.ForeignKey;
import org.jooq.Index;
import org.jooq.Key;
import org.jooq.SortField;
import org.jooq.Table;
import org.jspecify.annotations.Nullable;

/**
 * The columns under each key, foreign key and unique index, by name, as the generated code knows
 * them: the server names the constraint that was violated, but not its columns.
 */
public final class Constraints {
  private static final Map<String, List<String>> COLUMNS = read();

  private Constraints() {}

  /** Empty for a name that is no key, foreign key or unique index of the schema. */
  public static List<String> columnsOf(@Nullable String constraint) {
    return COLUMNS.getOrDefault(constraint == null ? "" : constraint, List.of());
  }

  private static Map<String, List<String>> read() {
    Map<String, List<String>> columns = new HashMap<>();
    for (Table<?> table : Authstore.AUTHSTORE.getTables()) {
      for (Key<?> key : table.getKeys()) {
        columns.put(key.getName(), names(key.getFieldsArray()));
      }
      for (ForeignKey<?, ?> key : table.getReferences()) {
        columns.put(key.getName(), names(key.getFieldsArray()));
      }
      for (Index index : table.getIndexes()) {
        if (index.getUnique()) {
          columns.put(index.getName(), index.getFields().stream().map(SortField::getName).toList());
        }
      }
    }
    return Map.copyOf(columns);
  }

  private static List<String> names(Field<?>[] fields) {
    return Arrays.stream(fields).map(Field::getName).toList();
  }
}
