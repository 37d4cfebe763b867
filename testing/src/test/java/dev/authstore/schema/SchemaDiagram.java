package dev.authstore.schema;

import dev.authstore.schema.SchemaTable.Part;
import dev.authstore.schema.SchemaTable.Reference;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import net.sourceforge.plantuml.FileFormat;
import net.sourceforge.plantuml.FileFormatOption;
import net.sourceforge.plantuml.SourceStringReader;
import net.sourceforge.plantuml.code.TranscoderUtil;

/** An entity-relationship diagram in the language of PlantUML, which draws it. */
record SchemaDiagram(String name, String source) {

  private static final String STYLE =
      """
      @startuml
      !pragma layout smetana
      hide circle
      hide methods
      skinparam backgroundColor white
      skinparam shadowing false
      skinparam defaultFontName sans-serif
      skinparam roundCorner 8
      skinparam packageStyle rectangle
      skinparam package {
        BorderColor #C3CBD3
        FontColor #5B6B7B
      }
      skinparam class {
        BorderColor #5B6B7B
        ArrowColor #5B6B7B
        FontStyle bold
        AttributeFontSize 12
      }
      skinparam legend {
        BackgroundColor white
        BorderColor #C3CBD3
        FontSize 11
      }
      title Authstore: %s
      """;

  private static final String KEY =
      """
      legend right
      ● never null   <i>italics</i> refers to another table
      crow's foot: many   ring: perhaps none
      If the row at the other end is deleted:
      <color:#5B6B7B>———</color> this one goes along
      <color:#5B6B7B>- - -</color> the reference is emptied
      <color:#B4552D>———</color> it cannot be, as long as this one is there
      end legend
      """;

  /** The tables of a group with their columns, and those of others that they refer to, without. */
  static SchemaDiagram of(SchemaGroup group, List<SchemaTable> tables) {
    List<SchemaTable> own = tables.stream().filter(table -> table.group() == group).toList();
    List<String> names = own.stream().map(SchemaTable::name).toList();
    Collection<String> others = new TreeSet<>();
    List<String> lines = new ArrayList<>();
    for (SchemaTable table : own) {
      lines.addAll(entity(table));
      table.references().stream()
          .map(Reference::target)
          .filter(target -> !names.contains(target))
          .forEach(others::add);
    }
    for (String other : others) {
      lines.add("entity %s %s".formatted(other, SchemaGroup.of(other).colour()));
      lines.add("hide %s members".formatted(other));
    }
    own.forEach(table -> table.references().forEach(it -> lines.add(line(table, it))));
    return diagram(group.id(), group.title(), lines);
  }

  /** All tables, without columns. */
  static SchemaDiagram overview(List<SchemaTable> tables) {
    List<String> lines = new ArrayList<>(List.of("hide members", "left to right direction"));
    for (SchemaGroup group : SchemaGroup.values()) {
      lines.add("package %s #FCFCFC {".formatted(group.id()));
      tables.stream()
          .filter(table -> table.group() == group)
          .forEach(table -> lines.add("  entity %s %s".formatted(table.name(), group.colour())));
      lines.add("}");
    }
    tables.stream()
        .flatMap(table -> table.references().stream().map(it -> line(table, it)))
        .distinct()
        .forEach(lines::add);
    return diagram("overview", "all tables", lines);
  }

  String svg() throws IOException {
    ByteArrayOutputStream svg = new ByteArrayOutputStream();
    new SourceStringReader(source).outputImage(svg, new FileFormatOption(FileFormat.SVG));
    return svg.toString(StandardCharsets.UTF_8);
  }

  /** Whether a picture was drawn from this: it holds its source. Fonts differ between machines. */
  boolean isSourceOf(String svg) throws IOException {
    return svg.contains(TranscoderUtil.getDefaultTranscoder().encode(source));
  }

  private static SchemaDiagram diagram(String name, String title, List<String> lines) {
    return new SchemaDiagram(
        name, STYLE.formatted(title) + KEY + String.join("\n", lines) + "\n@enduml\n");
  }

  private static List<String> entity(SchemaTable table) {
    List<String> primaryKey = table.primaryKey();
    List<String> lines = new ArrayList<>();
    lines.add("entity %s %s {".formatted(table.name(), table.group().colour()));
    table.columns().stream()
        .filter(column -> primaryKey.contains(column.name()))
        .forEach(column -> lines.add(column(table, column)));
    lines.add("  --");
    table.columns().stream()
        .filter(column -> !primaryKey.contains(column.name()))
        .forEach(column -> lines.add(column(table, column)));
    lines.add("}");
    return lines;
  }

  private static String column(SchemaTable table, Part column) {
    boolean refers =
        table.references().stream().anyMatch(it -> it.columns().contains(column.name()));
    String name = refers ? "<i>%s</i>".formatted(column.name()) : column.name();
    return "  %s %s <color:#7A8793>%s</color>"
        .formatted(column.mandatory() ? "*" : " ", name, column.type());
  }

  private static String line(SchemaTable table, Reference reference) {
    boolean each = table.isMandatory(reference.columns());
    boolean once = table.isUnique(reference.columns());
    String stroke =
        switch (reference.onDelete()) {
          case CASCADE -> "--";
          case SET_NULL -> "..";
          case NO_ACTION -> "-[#B4552D]-";
        };
    return "%s %s%s%s %s"
        .formatted(
            reference.target(), each ? "||" : "|o", stroke, once ? "o|" : "o{", table.name());
  }
}
