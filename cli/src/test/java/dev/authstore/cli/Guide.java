package dev.authstore.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** What {@code docs/operations.md} wants to be executed. */
final class Guide {

  private static final Path FILE = Path.of("../docs/operations.md");
  private static final Pattern BLOCK = Pattern.compile("(?s)```(\\w+)\\n(.*?)```");

  private Guide() {}

  /**
   * A box of the page.
   *
   * @param language {@code sql}, {@code sh} for commands of ours alone, or {@code bash}
   */
  record Block(String language, String text) {}

  /** From top to bottom. */
  static List<Block> read() throws IOException {
    return BLOCK
        .matcher(Files.readString(FILE))
        .results()
        .map(match -> new Block(match.group(1), match.group(2)))
        .toList();
  }
}
