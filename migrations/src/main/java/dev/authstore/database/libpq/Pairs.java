package dev.authstore.database.libpq;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Collects names and values in the order in which they are read; later ones replace earlier. */
final class Pairs {

  /** What a driver of another language calls the size and times of its pool. */
  private static final Map<String, String> FOREIGN_NAMES =
      Map.of(
          "pool_max_conns", "pool_size",
          "pool_min_conns", "pool_min_idle",
          "pool_max_conn_lifetime", "pool_max_lifetime",
          "pool_max_conn_idle_time", "pool_idle_timeout");

  /** Settings of the server that other drivers take as parameters. */
  private static final Set<String> SERVER_SETTINGS =
      Set.of(
          "search_path",
          "statement_timeout",
          "lock_timeout",
          "idle_in_transaction_session_timeout",
          "timezone",
          "TimeZone",
          "role",
          "work_mem",
          "datestyle",
          "DateStyle",
          "default_transaction_isolation",
          "default_transaction_read_only");

  private final Set<String> parameterNames;
  private final Map<LibpqKeyword, String> keywords = new EnumMap<>(LibpqKeyword.class);
  private final Map<LibpqKeyword, String> spellings = new EnumMap<>(LibpqKeyword.class);
  private final Map<String, String> parameters = new LinkedHashMap<>();
  private final List<Fault> faults = new ArrayList<>();
  private final StringBuilder settings = new StringBuilder();

  Pairs(Set<String> parameterNames) {
    this.parameterNames = parameterNames;
  }

  /** What stands in the address of a URI; the query may say otherwise. */
  void address(LibpqKeyword keyword, String value) {
    keywords.put(keyword, value);
  }

  void named(String name, String value) {
    Optional<LibpqKeyword> keyword = LibpqKeyword.named(name);
    if (keyword.isPresent()) {
      keyword(keyword.get(), name, value);
    } else if (name.equals("requiressl")) {
      keyword(LibpqKeyword.SSLMODE, name, value.startsWith("1") ? "require" : "prefer");
    } else if (name.equals("ssl") && value.equals("true")) {
      keyword(LibpqKeyword.SSLMODE, name, "require");
    } else if (name.startsWith("options[") && name.endsWith("]")) {
      String setting = name.substring("options[".length(), name.length() - 1);
      settings.append(" -c ").append(escaped(setting)).append('=').append(escaped(value));
    } else if (parameterNames.contains(name)) {
      parameters.put(name, value);
    } else {
      faults.add(unknown(name));
    }
  }

  ConnectionString result() {
    if (!settings.isEmpty()) {
      keywords.merge(
          LibpqKeyword.OPTIONS, settings.toString(), (given, added) -> (given + added).strip());
      keywords.computeIfPresent(LibpqKeyword.OPTIONS, (keyword, text) -> text.strip());
    }
    keywords.forEach(
        (keyword, value) -> keyword.check(keyword.keyword(), value).ifPresent(faults::add));
    return new ConnectionString(keywords, parameters, faults);
  }

  private void keyword(LibpqKeyword keyword, String spelling, String value) {
    String earlier = spellings.put(keyword, spelling);
    boolean differs = !value.equals(keywords.put(keyword, value));
    if (earlier != null && !earlier.equals(spelling) && differs) {
      faults.add(
          Fault.of(
              Fault.Kind.CONFLICT,
              keyword.keyword(),
              "%s and %s are the same and have different values".formatted(earlier, spelling)));
    }
  }

  /** Quotes no unknown name: of a password that was not encoded, a piece may look like one. */
  private Fault unknown(String name) {
    if (name.equals("ssl")) {
      return Fault.of(Fault.Kind.UNKNOWN_KEY, name, "only ssl=true is known", "write sslmode=…");
    }
    String foreign = FOREIGN_NAMES.get(name);
    if (foreign != null) {
      return Fault.of(Fault.Kind.UNKNOWN_KEY, name, "not known here", "it is called " + foreign);
    }
    if (SERVER_SETTINGS.contains(name)) {
      return Fault.of(
          Fault.Kind.UNKNOWN_KEY,
          name,
          "a setting of the server, not of the connection",
          "write options=-c%20" + name + "%3D…");
    }
    Set<String> known = new TreeSet<>(parameterNames);
    for (LibpqKeyword keyword : LibpqKeyword.values()) {
      known.add(keyword.keyword());
    }
    String message = "it has a parameter that is not known";
    return NearestName.of(name, known)
        .map(near -> Fault.of(Fault.Kind.UNKNOWN_KEY, "", message, "is " + near + " meant?"))
        .orElseGet(() -> Fault.of(Fault.Kind.UNKNOWN_KEY, "", message));
  }

  /** For the server, which splits its options at blanks. */
  private static String escaped(String text) {
    return text.replace("\\", "\\\\").replaceAll("(\\s)", "\\\\$1");
  }
}
