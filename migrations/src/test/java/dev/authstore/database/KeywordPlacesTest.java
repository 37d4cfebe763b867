package dev.authstore.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.database.libpq.LibpqKeyword;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A keyword is judged alike in a connection string, in a service file and as a variable. */
class KeywordPlacesTest {

  private static final String NONSENSE = "no such thing";

  @TempDir Path home;

  @ParameterizedTest
  @EnumSource
  void doNotMatter(LibpqKeyword keyword) throws IOException {
    if (keyword == LibpqKeyword.SERVICE) { // names such a place itself
      return;
    }
    String assignment = keyword.keyword() + " = '" + NONSENSE + "'";

    List<ConfigProblem.Code> inString = codes(Map.of("DATABASE_URL", assignment));

    assertThat(codes(inServiceFile(keyword))).isEqualTo(inString);
    if (keyword.environment().isPresent()) {
      Map<String, String> environment = new HashMap<>(Map.of("PGUSER", "u"));
      environment.put(keyword.environment().get(), NONSENSE);
      assertThat(codes(environment)).isEqualTo(inString);
    }
  }

  private Map<String, String> inServiceFile(LibpqKeyword keyword) throws IOException {
    String section = "[app]\n" + keyword.keyword() + "=" + NONSENSE + "\n";
    Path file = Files.writeString(home.resolve("services"), section);
    return Map.of("PGSERVICE", "app", "PGSERVICEFILE", file.toString());
  }

  private List<ConfigProblem.Code> codes(Map<String, String> environment) {
    try {
      DatabaseConfig.from(ConfigSources.none().environment(environment).userName("me").home(home));
      return List.of();
    } catch (ConfigurationException e) {
      return e.problems().stream().map(ConfigProblem::code).toList();
    }
  }
}
