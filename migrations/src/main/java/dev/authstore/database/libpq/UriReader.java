package dev.authstore.database.libpq;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Reads what follows the scheme of a URI, part by part and in libpq's order. */
final class UriReader {

  private final String text;
  private final Pairs pairs;
  private int at;

  UriReader(String text, Pairs pairs) {
    this.text = text.replaceAll(" +$", "");
    this.pairs = pairs;
  }

  void read() {
    if (text.chars().anyMatch(c -> c <= ' ' || c == 0x7f)) {
      throw new MalformedException("it contains a blank", "a blank is written %20");
    }
    userAndPassword();
    hostsAndPorts();
    if (next() == '/') {
      at++;
      store(LibpqKeyword.DBNAME, upTo("?"));
    }
    if (next() == '?') {
      at++;
      query();
    }
  }

  /** There are some if an @ comes before the first slash. */
  private void userAndPassword() {
    int end = indexOfAny("@/", 0);
    if (end == text.length() || text.charAt(end) == '/') {
      return;
    }
    store(LibpqKeyword.USER, upTo(":@"));
    if (next() == ':') {
      at++;
      store(LibpqKeyword.PASSWORD, upTo("@"));
    }
    at++;
  }

  private void hostsAndPorts() {
    StringBuilder hosts = new StringBuilder();
    StringBuilder ports = new StringBuilder();
    while (true) {
      hosts.append(next() == '[' ? bracketed() : upTo(":/?,"));
      if (next() == ':') {
        at++;
        ports.append(upTo("/?,"));
      }
      if (next() != ',') {
        break;
      }
      at++;
      hosts.append(',');
      ports.append(',');
    }
    store(LibpqKeyword.HOST, hosts.toString());
    store(LibpqKeyword.PORT, ports.toString());
  }

  private String bracketed() {
    at++;
    String address = upTo("]");
    if (address.isEmpty() || next() != ']') {
      throw new MalformedException(
          "an address in brackets is empty or not closed", "write it as in [::1]");
    }
    at++;
    if (":/?,\0".indexOf(next()) < 0) {
      throw new MalformedException(
          "something follows an address in brackets", "only : , / or ? may follow");
    }
    return address;
  }

  private void query() {
    while (at < text.length()) {
      String piece = upTo("&");
      at++;
      int equals = piece.indexOf('=');
      if (equals < 0) {
        throw new MalformedException(
            "a parameter has no value", "write name=value, joined by single &");
      }
      if (piece.indexOf('=', equals + 1) >= 0) {
        throw new MalformedException(
            "a parameter has a second =", "inside a value it is written %3D");
      }
      pairs.named(decode(piece.substring(0, equals)), decode(piece.substring(equals + 1)));
    }
  }

  /** An empty part of the address means that it was not given. */
  private void store(LibpqKeyword keyword, String encoded) {
    if (!encoded.isEmpty()) {
      pairs.address(keyword, decode(encoded));
    }
  }

  private char next() {
    return at < text.length() ? text.charAt(at) : '\0';
  }

  private String upTo(String ends) {
    int end = indexOfAny(ends, at);
    String part = text.substring(at, end);
    at = end;
    return part;
  }

  private int indexOfAny(String characters, int from) {
    int end = from;
    while (end < text.length() && characters.indexOf(text.charAt(end)) < 0) {
      end++;
    }
    return end;
  }

  /** Percent-decoding, and nothing else: a plus stays a plus. */
  private static String decode(String encoded) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < encoded.length(); ) {
      int percent = encoded.indexOf('%', i);
      String plain = encoded.substring(i, percent < 0 ? encoded.length() : percent);
      bytes.writeBytes(plain.getBytes(StandardCharsets.UTF_8));
      i += plain.length();
      if (percent >= 0) {
        bytes.write(escaped(encoded, percent));
        i += 3;
      }
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes.toByteArray()))
          .toString();
    } catch (CharacterCodingException e) {
      throw new MalformedException(
          Fault.of(Fault.Kind.ENCODING, "", "it is not UTF-8 after percent-decoding"));
    }
  }

  private static int escaped(String encoded, int percent) {
    int high = digit(encoded, percent + 1);
    int low = digit(encoded, percent + 2);
    if (high < 0 || low < 0) {
      throw new MalformedException(
          Fault.of(
              Fault.Kind.ENCODING,
              "",
              "a % is not followed by two hexadecimal digits",
              "a percent sign is written %25"));
    }
    if (high == 0 && low == 0) {
      throw new MalformedException(Fault.of(Fault.Kind.ENCODING, "", "it contains %00"));
    }
    return high * 16 + low;
  }

  private static int digit(String encoded, int index) {
    char c = index < encoded.length() ? encoded.charAt(index) : ' ';
    return c < 0x80 ? Character.digit(c, 16) : -1; // other scripts have digits too
  }
}
