package dev.authstore.database;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;

/**
 * Reads one connection target. Messages quote nothing of it but names of known parameters: where a
 * special character was not encoded, any part may be a piece of the password.
 */
final class ConnectionTargetParser {

  private static final Pattern TARGET =
      Pattern.compile(
          "(?<scheme>jdbc:postgresql|postgresql|postgres)://"
              + "(?:(?<user>[^:@/?]*)(?::(?<password>[^@/?]*))?@)?"
              + "(?<host>\\[[^]@/?]*]|[^:@/?]*)(?::(?<port>[^@/?]*))?"
              + "(?:/(?<database>[^@?]*))?"
              + "(?:\\?(?<query>.*))?");

  private static final int DEFAULT_PORT = 5432;
  private static final int LARGEST_PORT = 65535;

  private static final String USER = PGProperty.USER.getName();
  private static final String PASSWORD = PGProperty.PASSWORD.getName();

  /** Parameters of the driver that would say again what the address says. */
  private static final Set<String> ADDRESS_PARAMETERS =
      Set.of(
          PGProperty.PG_HOST.getName(),
          PGProperty.PG_PORT.getName(),
          PGProperty.PG_DBNAME.getName());

  private final Map<String, String> parameters = new LinkedHashMap<>();

  private ConnectionTargetParser() {}

  static ConnectionTarget parse(String text) {
    return new ConnectionTargetParser().read(text);
  }

  private ConnectionTarget read(String text) {
    if (text.chars().anyMatch(character -> character <= ' ' || character == 0x7f)) {
      throw problem("it contains a blank or a control character; a blank is written %20");
    }
    Matcher parts = TARGET.matcher(text);
    if (!parts.matches()) {
      throw problem(
          "it is not of the form postgresql://user:password@host:port/database,"
              + " where @ : / ? % inside a part are percent-encoded");
    }
    readUser(parts);
    readQuery(parts);
    String host =
        notEmpty(parts.group("host"))
            .map(ConnectionTargetParser::decode)
            .orElseThrow(() -> problem("it names no host"));
    if (host.indexOf(',') >= 0) {
      throw problem("it names several hosts, one is supported");
    }
    return new ConnectionTarget(
        host,
        port(parts.group("port")),
        notEmpty(parts.group("database"))
            .map(ConnectionTargetParser::decode)
            .orElseThrow(() -> problem("it names no database")),
        take(USER).orElseThrow(() -> problem("it names no user")),
        take(PASSWORD),
        parameters);
  }

  private void readUser(Matcher parts) {
    if (parts.group("user") == null) {
      return;
    }
    if (parts.group("scheme").startsWith("jdbc:")) {
      throw problem("user and password of a jdbc target are parameters, ?user=…&password=…");
    }
    parameters.put(USER, decode(parts.group("user")));
    if (parts.group("password") != null) {
      parameters.put(PASSWORD, decode(parts.group("password")));
    }
  }

  private void readQuery(Matcher parts) {
    String query = parts.group("query");
    if (query == null) {
      return;
    }
    if (!parts.group("scheme").startsWith("jdbc:") && query.indexOf('@') >= 0) {
      throw problem("it contains an @ that is not percent-encoded");
    }
    for (String piece : query.split("&", -1)) {
      int equals = piece.indexOf('=');
      if (equals < 0) {
        throw problem("its parameters are not of the form name=value, joined by &");
      }
      readParameter(decode(piece.substring(0, equals)), decode(piece.substring(equals + 1)));
    }
  }

  private void readParameter(String name, String value) {
    if (PGProperty.forName(name) == null) {
      throw problem("it has a parameter that the driver does not know");
    }
    if (ADDRESS_PARAMETERS.contains(name)) {
      throw problem("its parameter " + name + " belongs into the address");
    }
    if (parameters.putIfAbsent(name, value) != null) {
      throw problem("it gives " + name + " twice");
    }
  }

  /** Takes user or password out of the parameters; empty means not given. */
  private Optional<String> take(String name) {
    return notEmpty(parameters.remove(name));
  }

  private static int port(@Nullable String text) {
    if (text == null || text.isEmpty()) {
      return DEFAULT_PORT;
    }
    int port = text.matches("[0-9]{1,5}") ? Integer.parseInt(text) : 0;
    if (port < 1 || port > LARGEST_PORT) {
      throw problem("its port is not a number from 1 to " + LARGEST_PORT);
    }
    return port;
  }

  private static Optional<String> notEmpty(@Nullable String text) {
    return Optional.ofNullable(text).filter(given -> !given.isEmpty());
  }

  /** Percent-decoding, and nothing else: a plus stays a plus. */
  private static String decode(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < text.length(); ) {
      int next = text.indexOf('%', i);
      String plain = text.substring(i, next < 0 ? text.length() : next);
      bytes.writeBytes(plain.getBytes(StandardCharsets.UTF_8));
      i += plain.length();
      if (next >= 0) {
        bytes.write(escaped(text, next));
        i += 3;
      }
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes.toByteArray()))
          .toString();
    } catch (CharacterCodingException e) {
      throw problem("it is not UTF-8 after percent-decoding");
    }
  }

  private static int escaped(String text, int percent) {
    int high = percent + 2 < text.length() ? Character.digit(text.charAt(percent + 1), 16) : -1;
    int low = percent + 2 < text.length() ? Character.digit(text.charAt(percent + 2), 16) : -1;
    if (high < 0 || low < 0) {
      throw problem("it contains a % that is not followed by two hexadecimal digits");
    }
    if (high == 0 && low == 0) {
      throw problem("it contains %00");
    }
    return high * 16 + low;
  }

  private static ConfigurationException problem(String what) {
    return new ConfigurationException("connection target: " + what);
  }
}
