package dev.authstore.migrations;

import static java.util.stream.Collectors.joining;

import java.util.Collection;
import java.util.List;

/** How the schema in the database compares with the scripts of this program. */
public sealed interface SchemaState {

  /** Completes a sentence that begins with "the schema". */
  String describe();

  /** Every script of this program was applied, and no other. */
  record UpToDate() implements SchemaState {
    @Override
    public String describe() {
      return "is up to date";
    }
  }

  /** These scripts are still to be applied; nothing else is wrong. */
  record Pending(List<MigrationScript> scripts) implements SchemaState {
    public Pending {
      scripts = List.copyOf(scripts);
    }

    @Override
    public String describe() {
      return "lacks the scripts " + list(scripts);
    }
  }

  /** These scripts were applied with other contents, or are unknown and not the newest. */
  record Modified(List<MigrationScript> scripts) implements SchemaState {
    public Modified {
      scripts = List.copyOf(scripts);
    }

    @Override
    public String describe() {
      return "was made by other versions of the scripts " + list(scripts);
    }
  }

  /** These scripts were begun outside a transaction and did not end well. */
  record Failed(List<MigrationScript> scripts) implements SchemaState {
    public Failed {
      scripts = List.copyOf(scripts);
    }

    @Override
    public String describe() {
      return "is incomplete since the scripts failed: " + list(scripts);
    }
  }

  /** These scripts are missing although later ones were applied. */
  record OutOfOrder(List<MigrationScript> scripts) implements SchemaState {
    public OutOfOrder {
      scripts = List.copyOf(scripts);
    }

    @Override
    public String describe() {
      return "has later scripts but lacks " + list(scripts);
    }
  }

  /**
   * These scripts were applied by a newer program.
   *
   * @param compatible whether the schema says that a program which does not know them may use it
   */
  record Newer(List<MigrationScript> scripts, boolean compatible) implements SchemaState {
    public Newer {
      scripts = List.copyOf(scripts);
    }

    @Override
    public String describe() {
      return "is newer than this program, it has the scripts %s, %s"
          .formatted(
              list(scripts),
              compatible
                  ? "which allow to go on if DB_ALLOW_NEWER_SCHEMA is set"
                  : "which need a newer program");
    }
  }

  /**
   * Contents and history do not belong together: it is not ours.
   *
   * @param objects some of the contents, five at most; none if there is a history of tables that
   *     are not there
   */
  record Foreign(List<String> objects) implements SchemaState {
    public Foreign {
      objects = List.copyOf(objects);
    }

    @Override
    public String describe() {
      return objects.isEmpty()
          ? "has a history of scripts, but nothing that they made"
          : "is not an Authstore schema, it holds " + list(objects);
    }
  }

  /** The database cannot hold the schema. */
  record Unsuitable(String reason) implements SchemaState {
    @Override
    public String describe() {
      return "cannot be here: " + reason;
    }
  }

  private static String list(Collection<?> things) {
    return things.stream().map(Object::toString).collect(joining(", "));
  }
}
