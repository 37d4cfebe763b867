package dev.authstore.migrations;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Whether a script may run while a service uses large tables. A statement that reads or writes a
 * whole table under a lock that others wait for is refused, unless the same script has made the
 * table: then nobody uses it yet.
 */
final class LockSafety {

  /** A statement that is dangerous, and what to write instead. */
  private record Rule(Pattern statement, Pattern unless, String advice) {

    static Rule of(String statement, String unless, String advice) {
      return new Rule(pattern(statement), pattern(unless), advice);
    }

    boolean isBrokenBy(String sql) {
      return statement.matcher(sql).find() && !unless.matcher(sql).find();
    }
  }

  private static final String NEVER = "(?!)";

  private static final List<Rule> RULES =
      List.of(
          Rule.of(
              "^CREATE (UNIQUE )?INDEX ",
              "^CREATE (UNIQUE )?INDEX CONCURRENTLY ",
              "an index is built with CONCURRENTLY, in a script of its own"),
          Rule.of(
              "^DROP INDEX ", "^DROP INDEX CONCURRENTLY ", "an index is dropped with CONCURRENTLY"),
          Rule.of("^REINDEX ", " CONCURRENTLY ", "an index is rebuilt with CONCURRENTLY"),
          Rule.of(
              " ADD (CONSTRAINT \\S+ )?(FOREIGN KEY|CHECK)",
              " NOT VALID$",
              "a constraint is added NOT VALID and validated by the next script"),
          Rule.of(
              " ADD (CONSTRAINT \\S+ )?(UNIQUE|PRIMARY KEY)",
              " USING INDEX ",
              "a key is added USING INDEX, after the index was built concurrently"),
          Rule.of(" ADD (CONSTRAINT \\S+ )?EXCLUDE", NEVER, "an exclusion scans the whole table"),
          Rule.of(
              " SET NOT NULL",
              NEVER,
              "a column is kept from being null by a CHECK, NOT VALID first"),
          Rule.of(
              "( ALTER (COLUMN )?\\S+ (SET DATA )?TYPE )",
              NEVER,
              "another type rewrites the table: add a column"),
          Rule.of(
              " ADD (COLUMN )?(?!CONSTRAINT )[^,]* GENERATED ",
              NEVER,
              "a generated column rewrites the table"),
          Rule.of(
              " ADD (COLUMN )?(?!CONSTRAINT )[^,]* DEFAULT [^,]*\\(",
              NEVER,
              "a default that is not constant rewrites the table"),
          Rule.of(" SET (LOGGED|UNLOGGED|TABLESPACE)", NEVER, "it rewrites the table"),
          Rule.of("^(CLUSTER|VACUUM|TRUNCATE|LOCK) ", NEVER, "it shuts everybody else out"),
          Rule.of(
              "^(UPDATE|DELETE|INSERT|MERGE) ",
              " schema_compatibility( |$)",
              "rows are changed by the program, in batches and outside of scripts"),
          Rule.of("^CREATE TRIGGER ", NEVER, "a trigger locks its table against writing"));

  private static final Pattern CREATE_TABLE =
      pattern("^CREATE (UNLOGGED )?TABLE (IF NOT EXISTS )?(\\S+)");
  private static final Pattern TABLE =
      pattern(
          "^(?:ALTER TABLE (?:IF EXISTS )?(?:ONLY )?|UPDATE |DELETE FROM |INSERT INTO |TRUNCATE (?:TABLE )?"
              + "|(?:CREATE|DROP) .* ON (?:ONLY )?|LOCK (?:TABLE )?)(\\w+)");
  private static final Pattern CONCURRENT_INDEX =
      pattern("^CREATE (?:UNIQUE )?INDEX CONCURRENTLY (?:IF NOT EXISTS )?(\\S+) ");
  private static final Pattern VALIDATE = pattern(" VALIDATE CONSTRAINT (\\S+)");
  private static final Pattern BREAKING =
      pattern("^DROP TABLE | DROP (COLUMN )?(?!CONSTRAINT |DEFAULT|NOT NULL)\\w+| RENAME ");

  private LockSafety() {}

  /** What is wrong with a script, one sentence for each statement. */
  static List<String> problems(String script) {
    List<String> statements = statements(script);
    Set<String> own = tablesOf(statements);
    List<String> problems = new ArrayList<>();
    for (String statement : statements) {
      if (!isOnOneOf(own, statement)) {
        RULES.stream()
            .filter(rule -> rule.isBrokenBy(statement))
            .findFirst()
            .ifPresent(rule -> problems.add(shortened(statement) + ": " + rule.advice));
      }
    }
    problems.addAll(problemsOfTheWhole(statements));
    return problems;
  }

  private static List<String> problemsOfTheWhole(List<String> statements) {
    List<String> problems = new ArrayList<>();
    String whole = String.join(";\n", statements);
    for (String statement : statements) {
      Matcher index = CONCURRENT_INDEX.matcher(statement);
      if (index.find()) {
        String drop = "DROP INDEX CONCURRENTLY IF EXISTS " + index.group(1);
        if (statements.size() != 2 || !statements.get(0).equalsIgnoreCase(drop)) {
          problems.add(
              "%s: the script is to hold `%s` before it and nothing else"
                  .formatted(shortened(statement), drop));
        }
      }
      Matcher validation = VALIDATE.matcher(statement);
      if (validation.find() && whole.contains("ADD CONSTRAINT " + validation.group(1) + " ")) {
        problems.add(shortened(statement) + ": it belongs into the next script");
      }
      boolean raises = whole.contains("UPDATE schema_compatibility");
      if (BREAKING.matcher(statement).find() && !raises) {
        problems.add(
            shortened(statement)
                + ": older programs break, so schema_compatibility is to be raised");
      }
    }
    return problems;
  }

  /** Without comments, and with one blank where there were several. */
  private static List<String> statements(String script) {
    String bare = script.replaceAll("--[^\n]*", " ").replaceAll("\\s+", " ");
    return Stream.of(bare.split(";", -1)).map(String::strip).filter(s -> !s.isEmpty()).toList();
  }

  private static Set<String> tablesOf(List<String> statements) {
    Set<String> tables = new HashSet<>();
    for (String statement : statements) {
      Matcher matcher = CREATE_TABLE.matcher(statement);
      if (matcher.find()) {
        tables.add(matcher.group(3).toLowerCase(Locale.ROOT));
      }
    }
    return tables;
  }

  private static boolean isOnOneOf(Set<String> tables, String statement) {
    Matcher matcher = TABLE.matcher(statement);
    return matcher.find() && tables.contains(matcher.group(1).toLowerCase(Locale.ROOT));
  }

  private static String shortened(String statement) {
    return statement.length() > 60 ? statement.substring(0, 60) + "…" : statement;
  }

  private static Pattern pattern(String text) {
    return Pattern.compile(text, Pattern.CASE_INSENSITIVE);
  }
}
