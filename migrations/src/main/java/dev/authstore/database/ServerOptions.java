package dev.authstore.database;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The command line of a session: settings as {@code -c name=value}, separated by blanks. */
final class ServerOptions {

  private ServerOptions() {}

  /** One setting, with its value protected from being split. */
  static String setting(String name, String value) {
    return "-c " + name + "=" + value.replace("\\", "\\\\").replaceAll("(\\s)", "\\\\$1");
  }

  /** One text after the other; of a setting that is given twice, the server takes the last. */
  static Optional<String> joined(List<String> options) {
    String all = options.stream().filter(text -> !text.isEmpty()).collect(Collectors.joining(" "));
    return Optional.of(all).filter(text -> !text.isEmpty());
  }

  /** The names that are set. */
  static Set<String> names(String options) {
    List<String> words = words(options);
    List<String> settings = new ArrayList<>();
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      if (word.equals("-c") && i + 1 < words.size()) {
        i++;
        settings.add(words.get(i));
      } else if (word.startsWith("-c") || word.startsWith("--")) {
        settings.add(word.substring(2));
      }
    }
    return settings.stream()
        .map(setting -> setting.replaceFirst("=.*", "").replace('-', '_').toLowerCase(Locale.ROOT))
        .collect(Collectors.toSet());
  }

  private static List<String> words(String options) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    for (int i = 0; i < options.length(); i++) {
      char c = options.charAt(i);
      if (Character.isWhitespace(c)) {
        words.add(word.toString());
        word.setLength(0);
      } else {
        if (c == '\\' && i + 1 < options.length()) {
          i++;
        }
        word.append(options.charAt(i));
      }
    }
    words.add(word.toString());
    words.removeIf(String::isEmpty);
    return words;
  }
}
