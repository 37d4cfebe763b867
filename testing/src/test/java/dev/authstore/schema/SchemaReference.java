package dev.authstore.schema;

import dev.authstore.schema.SchemaTable.Part;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Describes the tables in Markdown, group by group, with the pictures beside it. */
final class SchemaReference {

  private static final String INTRODUCTION =
      """
      # Schema

      This folder is written by the build from a migrated database: definitions and comments are the server's, the pictures are drawn by
      [PlantUML](https://plantuml.com). `SchemaReferenceTest` fails when the two differ, and its text tells how to write it anew.

      ![All tables, by group](overview.svg)

      In the pictures, the part of a table above its line is the primary key. Tables of other groups are shown without their columns.
      """;

  private final List<SchemaTable> tables;
  private final List<String> lines = new ArrayList<>();

  private SchemaReference(List<SchemaTable> tables) {
    this.tables = tables;
  }

  static String write(List<SchemaTable> tables) {
    SchemaReference reference = new SchemaReference(tables);
    reference.lines.add(INTRODUCTION);
    reference.contents();
    Arrays.stream(SchemaGroup.values()).forEach(reference::group);
    return String.join("\n", reference.lines).stripTrailing() + "\n";
  }

  private List<SchemaTable> tablesOf(SchemaGroup group) {
    return tables.stream().filter(table -> table.group() == group).toList();
  }

  private void contents() {
    row(2, "Group", "Tables");
    row(2, "---", "---");
    for (SchemaGroup group : SchemaGroup.values()) {
      row(
          2,
          "%s (`%s`)".formatted(group.title(), group.id()),
          tablesOf(group).stream()
              .map(SchemaTable::name)
              .map(SchemaReference::link)
              .collect(Collectors.joining(" · ")));
    }
    lines.add("");
  }

  private void group(SchemaGroup group) {
    lines.add("## %s\n".formatted(group.title()));
    lines.add("![The tables of the group %1$s](%1$s.svg)\n".formatted(group.id()));
    tablesOf(group).forEach(this::table);
  }

  private void table(SchemaTable table) {
    lines.add("### %s\n".formatted(table.name()));
    lines.add(table.comment() + "\n");
    parts("Column", table.columns());
    parts("Constraint", table.constraints());
    parts("Index", table.indexes());
    String referring =
        tables.stream()
            .filter(other -> other.references().stream().anyMatch(it -> refersTo(it, table)))
            .map(SchemaTable::name)
            .map(SchemaReference::link)
            .collect(Collectors.joining(", "));
    if (!referring.isEmpty()) {
      lines.add("Referred to by %s.\n".formatted(referring));
    }
  }

  private static boolean refersTo(SchemaTable.Reference reference, SchemaTable table) {
    return reference.target().equals(table.name());
  }

  private void parts(String kind, List<Part> parts) {
    if (parts.isEmpty()) {
      return;
    }
    boolean explained = parts.stream().anyMatch(part -> !part.comment().isEmpty());
    int cells = explained ? 3 : 2;
    row(cells, kind, "Definition", "Meaning");
    row(cells, "---", "---", "---");
    for (Part part : parts) {
      String definition = part.definition().replaceFirst("^CREATE (UNIQUE )?INDEX .* USING ", "$1");
      row(cells, code(part.name()), code(definition), part.comment());
    }
    lines.add("");
  }

  private void row(int count, String... cells) {
    lines.add(
        Arrays.stream(cells)
            .limit(count)
            .map(cell -> cell.replace("|", "\\|"))
            .collect(Collectors.joining(" | ", "| ", " |")));
  }

  private static String code(String text) {
    return "`" + text + "`";
  }

  private static String link(String table) {
    return "[%1$s](#%1$s)".formatted(table);
  }
}
