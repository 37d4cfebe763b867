package dev.authstore.database;

import dev.authstore.database.ConnectFailedException.Reason;
import dev.authstore.database.libpq.LibpqKeyword;
import dev.authstore.database.tls.TlsMode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Writes the reference of all settings, from the lists that reading them goes by. */
final class SettingsReference {

  private static final String INTRODUCTION =
      """
      # Configuration

      This file is written by the build from the lists in the code; `SettingsReferenceTest` fails when the two differ, and its text tells how to write it anew.

      Name a database in one of three ways: as one text (`DATABASE_URL=postgresql://user:password@host:port/database`, or `host=… dbname=…`), key by key (`DB_HOST`,
      `DB_USER`, …), or with libpq's variables (`PGHOST`, …). A value is taken from the first source that has it: the program or a flag, the environment, the section `database`
      of a YAML file, the connection string, the service file, libpq's variables, the default. Empty variables count as absent. Mistakes are told all at once.
      `authstore config check` finds them without connecting, `authstore config dump` shows what is in effect and where it is from.

      Every setting also has the variable `AUTHSTORE_DATABASE__` followed by its key in upper case, where a dot becomes two underscores. A time is a number of seconds
      (milliseconds for `slow_…`) or a number with `ms`, `s`, `m`, `h` or `d`.
      """;

  private final List<String> lines = new ArrayList<>();

  static String write() {
    SettingsReference reference = new SettingsReference();
    reference.lines.add(INTRODUCTION);
    reference.settings("Connection", Setting.URI, Setting.TRANSACTION_POOLER);
    reference.settings("Pool", Setting.MAX_CONNECTIONS, Setting.PREPARED_STATEMENTS);
    reference.settings("Sessions", Setting.STATEMENT_TIMEOUT, Setting.IDLE_IN_TRANSACTION_TIMEOUT);
    reference.settings("Schema and migrations", Setting.SCHEMA, Setting.SCHEMA_DIR);
    reference.settings("Logging and health", Setting.LOG_LEVEL, Setting.HEALTH_TIMEOUT);
    reference.tlsModes();
    reference.keywords();
    reference.reasons();
    return String.join("\n", reference.lines) + "\n";
  }

  private void settings(String title, Setting first, Setting last) {
    heading(title, "Key", "Variable", "In a connection string", "Values", "Default", "Meaning");
    Stream.of(Setting.values())
        .filter(setting -> setting.compareTo(first) >= 0 && setting.compareTo(last) <= 0)
        .forEach(this::setting);
    lines.add("");
  }

  private void setting(Setting setting) {
    List<String> variables = new ArrayList<>(setting.variables());
    variables.removeIf(name -> name.startsWith("AUTHSTORE"));
    setting.inverseVariable().ifPresent(name -> variables.add("not " + name));
    row(
        "`" + setting.key() + "`",
        code(variables),
        code(
            Stream.concat(
                    setting.keyword().stream().map(LibpqKeyword::keyword),
                    setting.parameter().stream())
                .toList()),
        setting.expected(),
        setting.byDefault().orElse("–"),
        setting.meaning());
  }

  private void tlsModes() {
    heading("TLS modes", "Mode", "Connection", "Certificate", "Host name");
    for (TlsMode mode : TlsMode.values()) {
      lines.add("| `%s` | %s |".formatted(mode.text(), mode.describe()));
    }
    lines.add("");
  }

  private void keywords() {
    heading(
        "Keywords of connection strings", "Keyword", "Variable", "Treated as", "Values", "Remark");
    for (LibpqKeyword keyword : LibpqKeyword.values()) {
      row(
          code(Stream.concat(Stream.of(keyword.keyword()), keyword.aliases().stream()).toList()),
          keyword.environment().map(name -> "`" + name + "`").orElse("–"),
          switch (keyword.use()) {
            case PASSED_ON -> "passed on";
            case TRANSLATED -> "translated";
            case ONE_VALUE -> "harmless value only";
            case REFUSED -> "refused";
          },
          keyword.expected(),
          keyword.note());
    }
    lines.add("");
  }

  private void reasons() {
    heading(
        "Why there is no connection",
        "Reason",
        "Tried again at start",
        "What happened",
        "What to look at");
    for (Reason reason : Reason.values()) {
      row("`" + reason + "`", reason.isPassing() ? "yes" : "no", reason.event(), reason.hint());
    }
  }

  private void heading(String title, String... columns) {
    lines.add("## " + title + "\n");
    row(columns);
    lines.add("|---".repeat(columns.length) + "|");
  }

  private void row(String... cells) {
    lines.add("| " + String.join(" | ", cells) + " |");
  }

  private static String code(List<String> names) {
    return names.isEmpty()
        ? "–"
        : String.join(", ", names.stream().map(name -> "`" + name + "`").toList());
  }
}
