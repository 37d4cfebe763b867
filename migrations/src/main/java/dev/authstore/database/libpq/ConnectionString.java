package dev.authstore.database.libpq;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;

/**
 * What a connection string says, in either of its forms.
 *
 * @param keywords those of libpq; an empty value stands for the default
 * @param parameters the others that were allowed
 * @param faults what is wrong with it; after a mistake in the form nothing else is read
 */
public record ConnectionString(
    Map<LibpqKeyword, String> keywords, Map<String, String> parameters, List<Fault> faults) {

  private static final List<String> SCHEMES = List.of("postgresql://", "postgres://");
  private static final String UNRESERVED = "-._~/,:";

  public ConnectionString {
    keywords =
        Collections.unmodifiableMap(
            keywords.isEmpty() ? new EnumMap<>(LibpqKeyword.class) : new EnumMap<>(keywords));
    parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
    faults = List.copyOf(faults);
  }

  /**
   * Reads a URI ({@code postgresql://…} or {@code postgres://…}) or, where the text begins with
   * neither, pairs of keyword and value ({@code host=… dbname=…}).
   *
   * @param parameterNames what may stand in it beside the keywords
   */
  public static ConnectionString parse(String text, Set<String> parameterNames) {
    Pairs pairs = new Pairs(parameterNames);
    try {
      requireText(text);
      String scheme = SCHEMES.stream().filter(text::startsWith).findFirst().orElse("");
      if (!scheme.isEmpty()) {
        new UriReader(text.substring(scheme.length()), pairs).read();
      } else {
        requireNoOtherScheme(text);
        new PairsReader(text, pairs).read();
      }
    } catch (MalformedException e) {
      return new ConnectionString(Map.of(), Map.of(), List.of(e.fault()));
    }
    return pairs.result();
  }

  /** A URI that reads as the same, with the secrets in it. */
  public String toUri() {
    return format(true);
  }

  /** The same without secrets. */
  @Override
  public String toString() {
    return format(false);
  }

  private String format(boolean withSecrets) {
    StringJoiner query = new StringJoiner("&", "postgresql://?", "");
    query.setEmptyValue("postgresql://");
    keywords.forEach(
        (keyword, value) ->
            query.add(
                keyword.keyword()
                    + "="
                    + (keyword.isSecret() && !withSecrets ? "***" : encode(value))));
    parameters.forEach((name, value) -> query.add(encode(name) + "=" + encode(value)));
    return query.toString();
  }

  private static String encode(String text) {
    StringBuilder encoded = new StringBuilder();
    for (byte unit : text.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (unit & 0xff);
      boolean plain =
          c < 0x80 && (Character.isDigit(c) || Character.isLetter(c) || UNRESERVED.indexOf(c) >= 0);
      encoded.append(plain ? String.valueOf(c) : "%%%02X".formatted((int) c));
    }
    return encoded.toString();
  }

  private static void requireText(String text) {
    if (text.indexOf('\0') >= 0 || !StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw new MalformedException(
          Fault.of(Fault.Kind.ENCODING, "", "it contains U+0000 or half a character"));
    }
  }

  private static void requireNoOtherScheme(String text) {
    if (text.startsWith("jdbc:postgresql:")) {
      throw new MalformedException(
          "it is written for JDBC", "remove the jdbc: prefix; parameters are named as in libpq");
    }
    int equals = text.indexOf('=');
    int slashes = text.indexOf("://");
    if (slashes >= 0 && (equals < 0 || slashes < equals)) {
      throw new MalformedException(
          "it is neither a URI of PostgreSQL nor a list of keyword=value",
          "write postgresql://user:password@host:port/database, in lower case and without a blank"
              + " in front; @ : / ? % inside a part are percent-encoded");
    }
  }
}
