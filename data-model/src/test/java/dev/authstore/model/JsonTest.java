package dev.authstore.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
  @Nested
  class Canonical {
    @ParameterizedTest
    @ValueSource(
        strings = {"null", "true", "false", "0", "\"\"", "[]", "{}", "[{\"a\":[1,2]},\"b\"]"})
    void isWhatIsCanonicalAlready(String text) {
      assertThat(Json.parse(text).text()).isEqualTo(text);
    }

    @Test
    void hasNoWhiteSpace() {
      assertThat(Json.parse(" \t\r\n{ \"a\" : [ 1 , 2 ] , \"b\" : \" \" } ").text())
          .isEqualTo("{\"a\":[1,2],\"b\":\" \"}");
    }

    @Test
    void sortsMembersByName() {
      assertThat(Json.parse("{\"b\":1,\"\":2,\"a\":{\"d\":3,\"c\":4},\"B\":5}").text())
          .isEqualTo("{\"\":2,\"B\":5,\"a\":{\"c\":4,\"d\":3},\"b\":1}");
    }

    @Test
    void sortsNamesByCodeUnit() {
      assertThat(Json.parse("{\"\uffee\":1,\"\ud83d\ude00\":2}").text())
          .isEqualTo("{\"\ud83d\ude00\":2,\"\uffee\":1}");
    }

    @Test
    void keepsTheLastOfSeveralMembersWithOneName() {
      assertThat(Json.parse("{\"a\":1,\"b\":2,\"\\u0061\":[]}").text())
          .isEqualTo("{\"a\":[],\"b\":2}");
    }

    @ParameterizedTest
    @CsvSource({
      "-0, 0",
      "0.000, 0",
      "-0.0e-7, 0",
      "0e999, 0",
      "1.0, 1",
      "-1.50, -1.5",
      "1.50e1, 15",
      "100, 100",
      "1e2, 100",
      "1E+2, 100",
      "1e-2, 0.01",
      "1e0002, 100",
      "12345678901234567890.123, 12345678901234567890.123",
    })
    void writesNumbersAsPlainDecimals(String number, String canonical) {
      assertThat(Json.parse(number).text()).isEqualTo(canonical);
    }

    @ParameterizedTest
    @CsvSource(
        quoteCharacter = '`',
        value = {
          "\"\\/\", \"/\"",
          "\"\\u00e9\\u00E9\", \"éé\"",
          "\"\\ud83d\\ude00\", \"\ud83d\ude00\"",
          "\"\\u0022\\u005c\", \"\\\"\\\\\"",
          "\"\\u0008\\u0009\\u000a\\u000c\\u000d\", \"\\b\\t\\n\\f\\r\"",
          "\"\\b\\t\\n\\f\\r\", \"\\b\\t\\n\\f\\r\"",
          "\"\\u0001\\u001F\", \"\\u0001\\u001f\"",
          "\"\\u007f\\u2028\", \"\u007f\u2028\"",
        })
    void escapesOnlyWhatItMust(String string, String canonical) {
      assertThat(Json.parse(string).text()).isEqualTo(canonical);
    }
  }

  @Nested
  class Syntax {
    @ParameterizedTest
    @ValueSource(
        strings = {
          "",
          " ",
          "nul",
          "nulll",
          "True",
          "NaN",
          "Infinity",
          "'a'",
          "a",
          "[",
          "]",
          "[1",
          "[1,",
          "[1,]",
          "[,1]",
          "[1 2]",
          "{",
          "}",
          "{\"a\"",
          "{\"a\":",
          "{\"a\":1",
          "{\"a\":1,",
          "{\"a\":1,}",
          "{a:1}",
          "{1:1}",
          "{\"a\" 1}",
          "[1}",
          "{\"a\":1]",
          "// a\n1",
          "1 // a",
          "\u00a01",
          "\u000b1",
          "\f1"
        })
    void isThatOfTheRfcAlone(String text) {
      assertRefused(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1 2", "{}{}", "null,", "[]]", "\"a\"b", "1\0"})
    void allowsNothingAfterTheValue(String text) {
      assertRefused(text);
    }

    @Test
    void allowsNoByteOrderMark() {
      assertRefused("\ufeff{}");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "01", "-01", "00", "+1", "-", ".5", "1.", "1.e1", "1e", "1e+", "0x1", "1_0", "--1",
          "1e1.5", "٣", "1٣"
        })
    void allowsNoOtherNumbers(String text) {
      assertRefused(text);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "\"",
          "\"a",
          "\"\\",
          "\"\\\"",
          "\"\\u12",
          "\"\\u12\"",
          "\"\\x\"",
          "\"\\u00g0\"",
          "\"\\u００６１\""
        })
    void allowsNoOtherStrings(String text) {
      assertRefused(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"\n\"", "\"\t\"", "\"\u001f\"", "\"\0\""})
    void allowsNoRawControlCharacters(String text) {
      assertRefused(text);
    }
  }

  @Nested
  class Limits {
    @Test
    void allow512LevelsOnASmallStack() throws Exception {
      String nested =
          "[".repeat(256) + "{\"a\":".repeat(256) + "0" + "}".repeat(256) + "]".repeat(256);
      FutureTask<Boolean> survives =
          new FutureTask<>(
              () -> {
                Json json = Json.parse(nested);
                Json again = Json.parse(json.text());
                return json.equals(again) && json.hashCode() == again.hashCode();
              });

      new Thread(null, survives, "small stack", 256 << 10).start();

      assertThat(survives.get()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"[", "{\"a\":"})
    void refuse513Levels(String opening) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Json.parse(opening.repeat(513)))
          .withMessageContaining("nested more than 512 deep");
    }

    @Test
    void countLevelsNotBrackets() {
      assertThat(Json.parse("[" + "[],{},".repeat(10_000) + "0]").elements()).hasSize(20_001);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1e999", "-1e999", "1e-999", "0.5e-998"})
    void allowNumbersOf1000Digits(String number) {
      assertThat(Json.parse(number).asNumber().orElseThrow())
          .isEqualByComparingTo(new BigDecimal(number));
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "1e1000",
          "1e-1000",
          "0e1000",
          "10e999",
          "1e999999999",
          "-1e-999999999",
          "0e999999999",
          "1e2147483647",
          "10e2147483647",
          "1e-2147483648",
          "1e99999999999999999999"
        })
    void refuseLongerNumbersHoweverTheyAreWritten(String number) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Json.parse(number))
          .withMessageContaining("number of more than 1000 digits");
    }

    @Test
    void countTheDigitsOfANumberAsItStands() {
      assertThat(Json.parse("1".repeat(1_000)).text()).hasSize(1_000);
      assertRefused("1".repeat(1_001));
      assertThat(Json.parse("-0." + "1".repeat(999)).text()).hasSize(1_002);
      assertRefused("-0." + "1".repeat(1_000));
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "\"\\u0000\"",
          "{\"\\u0000\":1}",
          "\"\\ud83d\"",
          "\"\\ude00\"",
          "\"\\ude00\\ud83d\"",
          "\"\ud83d\"",
          "{\"\ude00\":1}"
        })
    void refuseStringsThatCannotBeStored(String text) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Json.parse(text))
          .withMessageContaining("U+0000 or unpaired surrogate");
    }
  }

  @Nested
  @Timeout(30)
  class Time {
    private static final int MILLION = 1_000_000;

    @Test
    void isLinearInTheLengthOfAString() {
      assertThat(Json.parse("\"" + "\\u0061".repeat(MILLION) + "\"").text()).hasSize(MILLION + 2);
    }

    @Test
    void isLinearInTheNumberOfElements() {
      assertThat(Json.parse("[0" + ",0".repeat(MILLION) + "]").elements()).hasSize(MILLION + 1);
    }

    @Test
    void isAlmostLinearInTheNumberOfMembers() {
      String members =
          IntStream.range(0, MILLION)
              .mapToObj(i -> "\"" + i + "\":0")
              .collect(Collectors.joining(",", "{", "}"));

      assertThat(Json.parse(members).members()).hasSize(MILLION);
    }

    @Test
    void isNotSpentOnNumbersThatAreTooLong() {
      assertRefused("9".repeat(10 * MILLION));
      assertRefused("1e" + "9".repeat(10 * MILLION));
    }

    @Test
    void isLinearInTheDepth() {
      String wide = "[" + "0,".repeat(1_000);

      String text = wide.repeat(512) + "0" + "]".repeat(512);

      assertThat(Json.parse(text).text()).isEqualTo(text);
    }
  }

  @Nested
  class RandomText {
    private static final String ALPHABET = "{}[]:,\"\\ utfnrlase0123456789+-.E\ud83d\ude00\0\n";

    private final Random random = new Random(20220116);

    @Test
    void isReadOrRefused() {
      for (int i = 0; i < 100_000; i++) {
        byte[] bytes = new byte[random.nextInt(20)];
        random.nextBytes(bytes);
        readOrRefuse(new String(bytes, StandardCharsets.ISO_8859_1));
      }
    }

    @Test
    void thatLooksLikeJsonIsReadOrRefused() {
      for (int i = 0; i < 200_000; i++) {
        StringBuilder text = new StringBuilder();
        for (int length = random.nextInt(12); length > 0; length--) {
          text.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        readOrRefuse(text.toString());
      }
    }

    @Test
    void thatWasJsonIsReadOrRefused() {
      String json = "{\"a\":[1.5e-3,true,null,\"\\ud83d\\ude00\\n\"],\"b\":{\"c\":-0,\"c\":\"x\"}}";
      for (int i = 0; i < 100_000; i++) {
        StringBuilder damaged = new StringBuilder(json);
        char other = ALPHABET.charAt(random.nextInt(ALPHABET.length()));
        damaged.setCharAt(random.nextInt(json.length()), other);
        readOrRefuse(damaged.toString());
      }
    }

    private void readOrRefuse(String text) {
      Json json;
      try {
        json = Json.parse(text);
      } catch (IllegalArgumentException e) {
        return;
      }
      assertThat(Json.parse(json.text())).isEqualTo(json);
      assertThat(Json.parse(json.text()).text()).isEqualTo(json.text());
    }
  }

  @Nested
  class Equality {
    @Test
    void isThatOfTheValuesNotOfTheTexts() {
      Json one = Json.parse("{\"a\":[1.0,\"\\u0041\"],\"b\":null}");
      Json other = Json.parse(" {\"b\":null,\"a\":[10e-1,\"A\"]}");

      assertThat(one).isEqualTo(other).hasSameHashCodeAs(other);
    }

    @ParameterizedTest
    @CsvSource(
        quoteCharacter = '`',
        value = {
          "1, \"1\"",
          "null, \"null\"",
          "true, false",
          "[], {}",
          "[1], [2]",
          "{\"a\":1}, {\"a\":2}",
          "{\"a\":1}, {\"b\":1}",
          "{\"a\":null}, {}",
          "\"\", []",
        })
    void tellsDifferentValuesApart(String one, String other) {
      assertThat(Json.parse(one)).isNotEqualTo(Json.parse(other));
    }

    @Test
    void holdsForNull() {
      assertThat(Json.parse("null")).isEqualTo(Json.NULL);
    }
  }

  @Nested
  class Parts {
    @Test
    void makeWhatParsingMakes() {
      Json made =
          Json.ofMembers(
              Map.of(
                  "b", Json.ofElements(List.of(Json.of("\""), Json.of(true), Json.NULL)),
                  "a", Json.of(false)));

      assertThat(made).isEqualTo(Json.parse("{\"a\":false,\"b\":[\"\\\"\",true,null]}"));
      assertThat(made.text()).isEqualTo("{\"a\":false,\"b\":[\"\\\"\",true,null]}");
    }

    @Test
    void areRefusedWhereTextsCannotBeStored() {
      assertThatIllegalArgumentException().isThrownBy(() -> Json.of("\u0000"));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Json.ofMembers(Map.of("\ud800", Json.NULL)));
    }

    @Test
    void goNoDeeperThanWhatIsParsed() {
      Json deepest = Json.parse("[".repeat(512) + "]".repeat(512));

      assertThatIllegalArgumentException().isThrownBy(() -> Json.ofElements(List.of(deepest)));
      assertThatIllegalArgumentException().isThrownBy(() -> Json.ofMembers(Map.of("a", deepest)));
    }
  }

  @Nested
  class Access {
    private final Json json =
        Json.parse("{\"s\":\"text\",\"n\":1.50,\"b\":false,\"z\":null,\"a\":[1,2],\"o\":{}}");

    @Test
    void findsAMember() {
      assertThat(json.get("a")).contains(Json.parse("[1,2]"));
    }

    @Test
    void findsAMemberThatIsNull() {
      assertThat(json.get("z")).contains(Json.NULL);
    }

    @Test
    void isEmptyForAnAbsentMember() {
      assertThat(json.get("x")).isEmpty();
    }

    @Test
    void isEmptyForAMemberOfAnythingButAnObject() {
      assertThat(Json.parse("[1]").get("0")).isEmpty();
    }

    @Test
    void givesScalarsByType() {
      assertThat(json.get("s").flatMap(Json::asString)).contains("text");
      assertThat(json.get("n").flatMap(Json::asNumber)).contains(new BigDecimal("1.5"));
      assertThat(json.get("b").flatMap(Json::asBoolean)).contains(false);
    }

    @Test
    void convertsNothing() {
      assertThat(json.get("n").flatMap(Json::asString)).isEmpty();
      assertThat(json.get("s").flatMap(Json::asNumber)).isEmpty();
      assertThat(json.get("z").flatMap(Json::asBoolean)).isEmpty();
    }

    @Test
    void givesElementsInTheirOrder() {
      assertThat(json.get("a").orElseThrow().elements())
          .containsExactly(Json.parse("1"), Json.parse("2"));
    }

    @Test
    void givesMembersByName() {
      assertThat(json.members().keySet()).containsExactly("a", "b", "n", "o", "s", "z");
    }

    @Test
    void givesNoElementsOrMembersOfAScalar() {
      assertThat(Json.NULL.elements()).isEmpty();
      assertThat(Json.NULL.members()).isEmpty();
    }

    @Test
    void cannotChangeTheValue() {
      assertThat(json.members()).isUnmodifiable();
      assertThat(json.get("a").map(Json::elements).orElseThrow()).isUnmodifiable();
    }

    @Test
    void tellsTheKindsApart() {
      assertThat(Json.NULL.isNull()).isTrue();
      assertThat(Json.parse("\"null\"").isNull()).isFalse();
      assertThat(json.get("o").map(Json::isObject)).isEqualTo(Optional.of(true));
      assertThat(json.get("a").map(Json::isObject)).isEqualTo(Optional.of(false));
      assertThat(json.get("a").map(Json::isArray)).isEqualTo(Optional.of(true));
    }
  }

  @Nested
  class Messages {
    @Test
    void tellThePlace() {
      assertThatThrownBy(() -> Json.parse("{\"a\":secret}"))
          .hasMessage("JSON at offset 5: unexpected character");
    }

    @Test
    void tellThatTheTextEndsTooEarly() {
      assertThatThrownBy(() -> Json.parse("[1,")).hasMessage("JSON at offset 3: unexpected end");
    }
  }

  @Nested
  class OfStrings {
    @Test
    void isTheObjectOfTheseStrings() {
      Json json = Json.ofStrings(Map.of("b", "2\"", "a", ""));

      assertThat(json).isEqualTo(Json.parse("{\"b\":\"2\\\"\",\"a\":\"\"}"));
    }

    @Test
    void refusesWhatCannotBeStored() {
      assertThatIllegalArgumentException().isThrownBy(() -> Json.ofStrings(Map.of("a", "\u0000")));
      assertThatIllegalArgumentException().isThrownBy(() -> Json.ofStrings(Map.of("\ud800", "a")));
    }
  }

  @Nested
  class Printing {
    @Test
    void showsKindAndLengthOnly() {
      assertThat(Json.parse("{ \"secret\" : 1 }")).hasToString("Json[OBJECT, 12 characters]");
    }
  }

  private static void assertRefused(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Json.parse(text))
        .withMessageStartingWith("JSON at offset ");
  }
}
