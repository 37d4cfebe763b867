package dev.authstore.model;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/** IP addresses, with no question to a name server in either direction. */
public final class Addresses {
  private static final String OCTET = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
  private static final String V4 = "(?:" + OCTET + "\\.){3}" + OCTET;
  private static final String V6 = "(?:[0-9A-Fa-f]{0,4}:){2,8}(?:[0-9A-Fa-f]{0,4}|" + V4 + ")";

  /**
   * What may be handed to {@link InetAddress#getByName}, zone aside. To it, text that begins like
   * this and has a colon is an address or an error, never a host name.
   */
  private static final Pattern LITERAL = Pattern.compile(V4 + "|" + V6 + "(?:%.+)?");

  private Addresses() {}

  /**
   * The address alone: without zone (RFC 4007), without host name, and an IPv4 address if it is one
   * mapped into IPv6 (RFC 4291, section 2.5.5.2).
   */
  public static InetAddress normalise(InetAddress address) {
    byte[] bytes = address.getAddress();
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("address of " + bytes.length + " bytes", e);
    }
  }

  /**
   * Reads an address, normalised as by {@link #normalise}. IPv4 has four decimal parts without
   * leading zeros; IPv6 is written as in RFC 4291, section 2.2, with or without {@code %zone}.
   *
   * @throws IllegalArgumentException if the text is anything else, a host name for instance
   */
  public static InetAddress parse(String literal) {
    if (!LITERAL.matcher(literal).matches()) {
      throw notAnAddress();
    }
    int zone = literal.indexOf('%');
    try {
      return normalise(InetAddress.getByName(zone < 0 ? literal : literal.substring(0, zone)));
    } catch (UnknownHostException e) {
      throw notAnAddress(); // without the cause, whose message holds the text
    }
  }

  /** The address, normalised, as {@link #parse} reads it: without a name or a zone. */
  public static String text(InetAddress address) {
    return normalise(address).getHostAddress();
  }

  private static IllegalArgumentException notAnAddress() {
    return new IllegalArgumentException("not an IP address");
  }
}
