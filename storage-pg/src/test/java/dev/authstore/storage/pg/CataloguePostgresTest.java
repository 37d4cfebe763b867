package dev.authstore.storage.pg;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.storage.pg.internal.Constraints;
import dev.authstore.storage.pg.schema.Authstore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Reads the schema as the scripts have made it, so that what a later script adds is caught. */
class CataloguePostgresTest {
  private static final String HISTORY = "authstore_schema_history";

  private static final Map<String, String> OUTCOMES =
      joined(
          List.of(
              UserTables.OUTCOMES,
              UpstreamTables.OUTCOMES,
              OAuth2Tables.OUTCOMES,
              CompatTables.OUTCOMES,
              PersonalTables.OUTCOMES,
              QueueTables.OUTCOMES));
  private static final Map<String, String> CLEANUPS =
      joined(
          List.of(
              UserTables.CLEANUPS,
              UpstreamTables.CLEANUPS,
              OAuth2Tables.CLEANUPS,
              CompatTables.CLEANUPS,
              PersonalTables.CLEANUPS,
              PolicyTables.CLEANUPS,
              QueueTables.CLEANUPS));

  private static final String IN_SCHEMA =
      """
       JOIN pg_class t ON t.oid = %s AND t.relname <> 'authstore_schema_history'
       JOIN pg_namespace n ON n.oid = t.relnamespace AND n.nspname = 'authstore'
      """;

  private static final String COLUMNS =
      """
      (SELECT string_agg(attname, ',' ORDER BY place)
       FROM unnest(%s) WITH ORDINALITY AS k (number, place)
       JOIN pg_attribute a ON a.attrelid = %s AND a.attnum = k.number)
      """;

  @RegisterExtension final Store store = Store.fresh();

  @Test
  void everyForeignKeyHasAnIndex() {
    List<String> without =
        store.select(
            """
            SELECT c.conname FROM pg_constraint c
            """
                + IN_SCHEMA.formatted("c.conrelid")
                + """
            WHERE c.contype = 'f' AND NOT EXISTS (
              SELECT FROM pg_index i
              WHERE i.indrelid = c.conrelid AND i.indisvalid
                AND (i.indkey::smallint[])[0:cardinality(c.conkey) - 1] = c.conkey
                AND (i.indpred IS NULL OR pg_get_expr(i.indpred, i.indrelid) = format('(%I IS NOT NULL)',
                  (SELECT attname FROM pg_attribute a WHERE a.attrelid = c.conrelid AND a.attnum = c.conkey[1]))))
            """);

    assertThat(without).isEmpty();
  }

  @Test
  void constraintsAreNamedByTableColumnsAndKind() {
    List<String> constraints =
        store.select(
            "SELECT concat_ws('|', t.relname, c.conname, c.contype, "
                + COLUMNS.formatted("c.conkey", "c.conrelid")
                + ") FROM pg_constraint c "
                + IN_SCHEMA.formatted("c.conrelid")
                + " WHERE c.contype <> 'n'");

    assertThat(constraints).isNotEmpty().allSatisfy(CataloguePostgresTest::assertNamed);
  }

  private static void assertNamed(String constraint) {
    String[] parts = constraint.split("\\|", -1);
    String table = parts[0];
    String name = parts[1];
    String columns = parts.length > 3 ? parts[3].replace(',', '_') : "";
    String firstColumn = parts.length > 3 ? parts[3].split(",", -1)[0] : "";
    switch (parts[2]) {
      case "p" -> assertThat(name).isEqualTo(table + "_pk");
      case "u" -> assertThat(name).isEqualTo(table + "_" + columns + "_key");
      case "f" ->
          assertThat(name).isIn(table + "_" + columns + "_fk", table + "_" + firstColumn + "_fk");
      case "x" -> assertThat(name).startsWith(table + "_").endsWith("_key");
      case "c" -> assertThat(name).startsWith(table + "_").endsWith("_check");
      default -> throw new AssertionError("a constraint of another kind: " + constraint);
    }
  }

  @Test
  void indexesAreNamedByTableAndKind() {
    List<String> indexes =
        store.select(
            "SELECT concat_ws('|', t.relname, x.relname, i.indisunique) FROM pg_index i"
                + " JOIN pg_class x ON x.oid = i.indexrelid "
                + IN_SCHEMA.formatted("i.indrelid")
                + " WHERE NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x'))");

    assertThat(indexes)
        .isNotEmpty()
        .allSatisfy(
            index -> {
              String[] parts = index.split("\\|", -1);
              assertThat(parts[1])
                  .startsWith(parts[0] + "_")
                  .endsWith(parts[2].equals("t") ? "_key" : "_idx");
            });
  }

  @Test
  void everyIndexIsValid() {
    assertThat(
            store.select(
                "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid OR NOT indisready"))
        .isEmpty();
    assertThat(store.select("SELECT conname FROM pg_constraint WHERE NOT convalidated")).isEmpty();
  }

  @Test
  void noNameIsCut() {
    List<String> names =
        store.select(
            """
            SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'authstore'
            UNION SELECT conname FROM pg_constraint c JOIN pg_namespace n ON n.oid = connamespace
              WHERE nspname = 'authstore' AND contype <> 'n'
            UNION SELECT attname FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid AND c.relkind = 'r'
              JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'authstore'
            """);

    // one of exactly 63 may have been cut from a longer one: it must end as the rules say
    assertThat(names)
        .isNotEmpty()
        .allSatisfy(name -> assertThat(name.length()).isLessThanOrEqualTo(63))
        .filteredOn(name -> name.length() == 63)
        .allMatch(name -> name.matches(".*_(pk|key|fk|check|idx)"));
  }

  @Test
  void theRegistryKnowsEveryKeyAsItIs() {
    Map<String, List<String>> catalogue = keys();

    assertThat(catalogue).isNotEmpty();
    catalogue.forEach(
        (name, columns) -> assertThat(Constraints.columnsOf(name)).as(name).isEqualTo(columns));
  }

  @Test
  void theRegistryKnowsNothingElse() {
    Set<String> generated = new TreeSet<>();
    Authstore.AUTHSTORE
        .getTables()
        .forEach(
            table -> {
              table.getKeys().forEach(key -> generated.add(key.getName()));
              table.getReferences().forEach(key -> generated.add(key.getName()));
              table.getIndexes().stream()
                  .filter(index -> index.getUnique())
                  .forEach(index -> generated.add(index.getName()));
            });

    assertThat(generated).containsExactlyInAnyOrderElementsOf(keys().keySet());
  }

  private Map<String, List<String>> keys() {
    Map<String, List<String>> keys = new TreeMap<>();
    List<String> rows =
        new ArrayList<>(
            store.select(
                "SELECT c.conname || '|' || "
                    + COLUMNS.formatted("c.conkey", "c.conrelid")
                    + " FROM pg_constraint c "
                    + IN_SCHEMA.formatted("c.conrelid")
                    + " WHERE c.contype IN ('p', 'u', 'f')"));
    rows.addAll(
        store.select(
            "SELECT x.relname || '|' || "
                + COLUMNS.formatted("i.indkey::smallint[]", "i.indrelid")
                + " FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid "
                + IN_SCHEMA.formatted("i.indrelid")
                + " WHERE i.indisunique"));
    for (String row : rows) {
      String[] parts = row.split("\\|", -1);
      keys.put(parts[0], List.of(parts[1].split(",", -1)));
    }
    return keys;
  }

  @Test
  void everyConstraintHasAnOutcome() {
    List<String> constraints =
        store.select(
            "SELECT c.conname FROM pg_constraint c "
                + IN_SCHEMA.formatted("c.conrelid")
                + " WHERE c.contype NOT IN ('p', 'n')"
                + " UNION SELECT x.relname FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid "
                + IN_SCHEMA.formatted("i.indrelid")
                + " WHERE i.indisunique AND NOT i.indisprimary");

    assertThat(OUTCOMES.keySet()).containsExactlyInAnyOrderElementsOf(constraints);
    assertThat(OUTCOMES.values()).allMatch(o -> o.matches("exempt: .+|[A-Za-z]+Exception from .+"));
  }

  @Test
  void everyTableHasACleanup() {
    assertThat(CLEANUPS.keySet()).containsExactlyInAnyOrderElementsOf(tables());

    List<String> operations = Operations.all().stream().map(Operations.Operation::name).toList();
    assertThat(CLEANUPS.values())
        .allMatch(
            how ->
                how.startsWith("exempt: ") || how.startsWith("with ") || operations.contains(how));
  }

  @Test
  void activityIsInNoIndex() {
    List<String> indexed =
        store.select(
            """
            SELECT x.relname FROM pg_index i
            JOIN pg_class x ON x.oid = i.indexrelid
            WHERE pg_get_indexdef(i.indexrelid) ~ 'last_active_(at|ip)|last_polled_at|first_used_at'
            """);

    assertThat(indexed).isEmpty();
    assertThat(
            store.select(
                "SELECT attrelid::regclass::text FROM pg_attribute WHERE attname = 'last_active_at' AND attnum > 0"))
        .isNotEmpty();
  }

  @Test
  void noTypeTriggerOrClockOfTheServerIsUsed() {
    assertThat(store.select("SELECT typname FROM pg_type WHERE typtype = 'e'")).isEmpty();
    assertThat(store.select("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")).isEmpty();
    assertThat(
            store.select(
                "SELECT t.relname || ': ' || pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d "
                    + IN_SCHEMA.formatted("d.adrelid")
                    + " WHERE pg_get_expr(d.adbin, d.adrelid) ~* '(now|timestamp|current_|random|uuid)\\s*\\('"
                    + " OR pg_get_expr(d.adbin, d.adrelid) ~* 'current_'"))
        .isEmpty();
  }

  @Test
  void everyTextIsComparedByteByByteWhereItIsKey() {
    assertThat(
            store.select(
                """
                SELECT t.relname || '.' || a.attname FROM pg_index i
                """
                    + IN_SCHEMA.formatted("i.indrelid")
                    + """
                JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
                JOIN pg_collation c ON c.oid = a.attcollation
                WHERE a.atttypid = 'text'::regtype AND c.collname <> 'C'
                """))
        .isEmpty();
  }

  @Test
  void generatedTablesAreTheTables() {
    List<String> generated =
        Authstore.AUTHSTORE.getTables().stream().map(table -> table.getName()).toList();

    assertThat(generated).containsExactlyInAnyOrderElementsOf(tables());
  }

  @Test
  void generatedColumnsAreTheColumns() {
    List<String> columns =
        store.select(
            "SELECT t.relname || '.' || a.attname || ' ' || CASE WHEN a.attnotnull THEN 'not null' ELSE 'null' END"
                + " FROM pg_attribute a "
                + IN_SCHEMA.formatted("a.attrelid")
                + " WHERE a.attnum > 0 AND NOT a.attisdropped AND t.relkind = 'r'");
    List<String> generated =
        Authstore.AUTHSTORE.getTables().stream()
            .flatMap(
                table ->
                    table
                        .fieldStream()
                        .map(
                            field ->
                                table.getName()
                                    + "."
                                    + field.getName()
                                    + (field.getDataType().nullable() ? " null" : " not null")))
            .toList();

    assertThat(generated).containsExactlyInAnyOrderElementsOf(columns);
  }

  private static Map<String, String> joined(List<Map<String, String>> groups) {
    return groups.stream()
        .flatMap(group -> group.entrySet().stream())
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  private List<String> tables() {
    return store.select(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            + " WHERE n.nspname = 'authstore' AND c.relkind IN ('r', 'p') AND c.relname <> ?",
        HISTORY);
  }
}
