package dev.authstore.database.libpq;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What holds for every text; the seed is fixed, so a failure comes again. */
class ConnectionStringPropertyTest {

  private static final int ROUNDS = 20_000;

  /** Pieces that mean something, and some that do not. */
  private static final List<String> PIECES =
      List.of(
          "postgresql://",
          "postgres://",
          "jdbc:",
          "host=",
          "sslmode=",
          "options[a]=",
          "%",
          "%2",
          "%41",
          "%00",
          "%C3%A9",
          "%ff",
          "[",
          "]",
          "::1",
          "@",
          ":",
          "/",
          "?",
          "&",
          "=",
          ",",
          "'",
          "\\",
          " ",
          "\t",
          "\n",
          "h",
          "5432",
          "99999",
          "é",
          "\ud83d\ude00",
          "\ud800",
          "\0",
          "+",
          "#",
          ";",
          "user",
          "password=",
          "port",
          "=require",
          "'a b'");

  private final Random random = new Random(20261124);

  @Test
  void whatIsFormattedReadsAsTheSame() {
    for (int i = 0; i < ROUNDS; i++) {
      Map<LibpqKeyword, String> keywords = new EnumMap<>(LibpqKeyword.class);
      for (LibpqKeyword keyword :
          List.of(
              LibpqKeyword.USER,
              LibpqKeyword.PASSWORD,
              LibpqKeyword.DBNAME,
              LibpqKeyword.OPTIONS)) {
        if (random.nextBoolean()) {
          keywords.put(keyword, text());
        }
      }
      ConnectionString given = new ConnectionString(keywords, Map.of(), List.of());

      ConnectionString read = ConnectionString.parse(given.toUri(), Set.of());

      assertThat(read).isEqualTo(given);
    }
  }

  @Test
  void anyTextComesBackAsKeywordsOrAsAFault() {
    for (int i = 0; i < ROUNDS; i++) {
      String text = mixed();

      ConnectionString read = ConnectionString.parse(text, Set.of("pool_size"));

      if (read.faults().isEmpty()) {
        assertThat(ConnectionString.parse(read.toUri(), Set.of("pool_size")).keywords())
            .as(text)
            .isEqualTo(read.keywords());
      }
    }
  }

  @Test
  void noFaultEchoesAPassword() {
    for (int i = 0; i < ROUNDS; i++) {
      String text = "postgresql://user:" + mixed() + "canary" + mixed() + "@h/db" + mixed();

      ConnectionString read = ConnectionString.parse(text, Set.of("pool_size"));

      assertThat(read.faults().toString()).as(text).doesNotContain("canary");
    }
  }

  private String text() {
    return random
        .ints(random.nextInt(12), 1, 0x3000)
        .filter(c -> !Character.isSurrogate((char) c))
        .mapToObj(Character::toString)
        .collect(Collectors.joining());
  }

  private String mixed() {
    return IntStream.range(0, random.nextInt(12))
        .mapToObj(i -> PIECES.get(random.nextInt(PIECES.size())))
        .collect(Collectors.joining());
  }
}
