package dev.authstore.schema;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A table with what belongs to it, each thing with its definition as the server prints it.
 *
 * @param comment empty where nobody has written one
 */
record SchemaTable(
    String name, String comment, List<Part> columns, List<Part> constraints, List<Part> indexes) {

  private static final Pattern KEY = Pattern.compile("(?:PRIMARY KEY|UNIQUE) \\((.*?)\\)");

  private static final Pattern REFERENCE =
      Pattern.compile("FOREIGN KEY \\((.*?)\\) REFERENCES (\\S+?)\\(.*?\\)(.*)");

  /** A column, a constraint or an index. */
  record Part(String name, String definition, String comment) {

    /** Whether a column is never null. What it is computed from may speak of NOT NULL, too. */
    boolean mandatory() {
      return definition.replaceFirst(" (DEFAULT|GENERATED) .*", "").endsWith(" NOT NULL");
    }

    /** The type of a column. */
    String type() {
      return definition.replaceFirst(" (COLLATE|NOT NULL|DEFAULT|GENERATED) ?.*", "");
    }
  }

  /** Rows of this table that refer to rows of another one. */
  record Reference(String table, List<String> columns, String target, OnDelete onDelete) {}

  /** What becomes of the rows that refer to one that is deleted. */
  enum OnDelete {
    CASCADE,
    SET_NULL,
    NO_ACTION;

    static OnDelete of(String clause) {
      return clause.contains("ON DELETE CASCADE")
          ? CASCADE
          : clause.contains("ON DELETE SET NULL") ? SET_NULL : NO_ACTION;
    }
  }

  SchemaGroup group() {
    return SchemaGroup.of(name);
  }

  List<String> primaryKey() {
    return constraints.stream()
        .filter(constraint -> constraint.definition().startsWith("PRIMARY KEY"))
        .flatMap(constraint -> columnsOf(KEY.matcher(constraint.definition())))
        .toList();
  }

  List<Reference> references() {
    return constraints.stream()
        .map(constraint -> REFERENCE.matcher(constraint.definition()))
        .filter(Matcher::matches)
        .map(
            match ->
                new Reference(
                    name,
                    names(match.group(1)).toList(),
                    match.group(2),
                    OnDelete.of(match.group(3))))
        .toList();
  }

  /** Whether no two rows have the same values there. */
  boolean isUnique(List<String> names) {
    return constraints.stream()
        .map(constraint -> KEY.matcher(constraint.definition()))
        .filter(Matcher::lookingAt)
        .anyMatch(key -> names.containsAll(names(key.group(1)).toList()));
  }

  boolean isMandatory(List<String> names) {
    return columns.stream()
        .filter(column -> names.contains(column.name()))
        .allMatch(Part::mandatory);
  }

  private static Stream<String> columnsOf(Matcher key) {
    return key.lookingAt() ? names(key.group(1)) : Stream.empty();
  }

  private static Stream<String> names(String list) {
    return Arrays.stream(list.split(", "));
  }
}
