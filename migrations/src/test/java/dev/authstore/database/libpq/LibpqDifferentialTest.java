package dev.authstore.database.libpq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.Function;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Our parser beside libpq's own, where one is installed. */
class LibpqDifferentialTest {

  private static final int ROUNDS = 50_000;

  /** Without blanks: libpq 17 and later refuse some that earlier ones took. */
  private static final List<String> PIECES =
      List.of(
          "@",
          ":",
          "/",
          "?",
          "&",
          "=",
          ",",
          "[::1]",
          "[",
          "]",
          "h",
          "h1",
          "user",
          "secret",
          "5432",
          "db",
          "%41",
          "%C3%A9",
          "%2F",
          "%zz",
          "%",
          "sslmode=require",
          "user=v",
          "dbname=x",
          "application_name=a+b",
          "ssl=true",
          "requiressl=1",
          "host=k",
          "unknown=1",
          "#",
          "+",
          "é");

  private final Random random = new Random(20261124);

  @Test
  void agreeOnUris() {
    Optional<NativeLibrary> libpq = libpq();
    assumeTrue(libpq.isPresent(), "no libpq is installed");
    int agreed = 0;
    for (int i = 0; i < ROUNDS; i++) {
      String text = "postgresql://" + mixed();

      ConnectionString ours = ConnectionString.parse(text, Set.of());
      Optional<Map<String, String>> theirs = parse(libpq.get(), text);

      if (ours.faults().isEmpty()) {
        assertThat(theirs).as(text).contains(keywords(ours));
        agreed++;
      } else if (isSyntax(ours)) {
        assertThat(theirs).as(text).isEmpty();
      }
    }
    assertThat(agreed).isGreaterThan(ROUNDS / 100);
  }

  /** Values are checked here at once, and by libpq when it connects. */
  private static boolean isSyntax(ConnectionString read) {
    return read.faults().stream()
        .anyMatch(
            fault ->
                fault.key().isEmpty()
                    && (fault.kind() == Fault.Kind.SYNTAX
                        || fault.kind() == Fault.Kind.UNKNOWN_KEY));
  }

  private static Map<String, String> keywords(ConnectionString read) {
    Map<String, String> keywords = new TreeMap<>();
    read.keywords().forEach((keyword, value) -> keywords.put(keyword.keyword(), value));
    return keywords;
  }

  private String mixed() {
    return IntStream.range(0, 1 + random.nextInt(9))
        .mapToObj(i -> PIECES.get(random.nextInt(PIECES.size())))
        .collect(Collectors.joining());
  }

  private static Optional<NativeLibrary> libpq() {
    return Stream.of("pq", "libpq.so.5", "libpq.5.dylib")
        .flatMap(name -> load(name).stream())
        .findFirst();
  }

  private static Optional<NativeLibrary> load(String name) {
    try {
      return Optional.of(NativeLibrary.getInstance(name));
    } catch (UnsatisfiedLinkError e) {
      return Optional.empty();
    }
  }

  /** An array of structures of six pointers and a number, ended by one without a keyword. */
  private static Optional<Map<String, String>> parse(NativeLibrary libpq, String text) {
    byte[] encoded = (text + "\0").getBytes(StandardCharsets.UTF_8);
    PointerByReference message = new PointerByReference();
    Function parse = libpq.getFunction("PQconninfoParse");
    Pointer options = parse.invokePointer(new Object[] {encoded, message});
    if (options == null) {
      libpq.getFunction("PQfreemem").invokeVoid(new Object[] {message.getValue()});
      return Optional.empty();
    }
    Map<String, String> values = new TreeMap<>();
    int size = 7 * Native.POINTER_SIZE;
    for (int at = 0; options.getPointer(at) != null; at += size) {
      Pointer value = options.getPointer(at + 3L * Native.POINTER_SIZE);
      if (value != null) {
        values.put(options.getPointer(at).getString(0, "UTF-8"), value.getString(0, "UTF-8"));
      }
    }
    libpq.getFunction("PQconninfoFree").invokeVoid(new Object[] {options});
    return Optional.of(values);
  }
}
