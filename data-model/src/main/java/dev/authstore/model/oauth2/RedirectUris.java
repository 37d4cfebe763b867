package dev.authstore.model.oauth2;

import dev.authstore.model.oauth2.RedirectUriResolution.Reason;
import dev.authstore.model.oauth2.RedirectUriResolution.Refused;
import dev.authstore.model.oauth2.RedirectUriResolution.Resolved;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How redirect URIs are normalised and compared. */
public final class RedirectUris {
  private static final Map<String, String> DEFAULT_PORTS = Map.of("http", "80", "https", "443");
  private static final Set<String> LOOPBACK_LITERALS = Set.of("127.0.0.1", "[::1]");
  private static final String LOOPBACK_NAME = "localhost";
  private static final Pattern AUTHORITY =
      Pattern.compile("(?<user>.*@)?(?<host>\\[[^\\]]*\\]|[^:@]+)(?::(?<port>\\d*))?");

  private RedirectUris() {}

  /**
   * The form in which redirect URIs are stored and compared (RFC 3986, section 6.2): scheme and
   * host in lower case, no default port, dot segments resolved, {@code /} for the empty path of
   * http and https. Percent-encoding and query stay as they are, and so does all of a URI without
   * authority, like {@code org.example:/callback}.
   *
   * @throws IllegalArgumentException if there is an authority without host, or with a port that is
   *     no number
   */
  public static URI normalise(URI uri) {
    return hasAuthority(uri) ? rebuild(uri, false) : uri;
  }

  static RedirectUriResolution resolve(
      List<URI> registered, Optional<URI> requested, LoopbackPorts ports) {
    if (registered.isEmpty()) {
      return new Refused(Reason.NONE_REGISTERED);
    }
    if (requested.isEmpty()) {
      return registered.size() == 1
          ? new Resolved(registered.get(0))
          : new Refused(Reason.MULTIPLE_REGISTERED);
    }
    return hasNormalForm(requested.get())
            && registered.stream()
                .filter(RedirectUris::hasNormalForm)
                .anyMatch(uri -> matches(uri, requested.get(), ports))
        ? new Resolved(requested.get())
        : new Refused(Reason.NOT_ALLOWED);
  }

  // As text: equality of URIs is regardless of case in more places than normalisation is.
  private static boolean matches(URI registered, URI requested, LoopbackPorts ports) {
    String wanted = normalise(registered).toString();
    if (normalise(requested).toString().equals(wanted)) {
      return true;
    }
    String host = host(requested);
    if (LOOPBACK_LITERALS.contains(host) && ports == LoopbackPorts.ANY_FOR_LITERALS) {
      return LOOPBACK_LITERALS.contains(host(registered))
          && rebuild(requested, true).toString().equals(rebuild(registered, true).toString());
    }
    return (LOOPBACK_LITERALS.contains(host) || host.equals(LOOPBACK_NAME))
        && rebuild(requested, true).toString().equals(wanted);
  }

  private static String host(URI uri) {
    return hasAuthority(uri) ? authority(uri).group("host").toLowerCase(Locale.ROOT) : "";
  }

  // Requests bring any: what the URI class takes as it is, since it may name no server.
  private static boolean hasNormalForm(URI uri) {
    return !hasAuthority(uri) || AUTHORITY.matcher(uri.getRawAuthority()).matches();
  }

  private static boolean hasAuthority(URI uri) {
    return uri.getScheme() != null && uri.getRawAuthority() != null;
  }

  private static URI rebuild(URI uri, boolean withoutPort) {
    String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
    Matcher authority = authority(uri);
    String user = authority.group("user");
    String port = authority.group("port");
    StringBuilder text = new StringBuilder(scheme).append("://");
    text.append(user == null ? "" : user);
    text.append(authority.group("host").toLowerCase(Locale.ROOT));
    if (!withoutPort
        && port != null
        && !port.isEmpty()
        && !port.equals(DEFAULT_PORTS.get(scheme))) {
      text.append(':').append(port);
    }
    String path = withoutDotSegments(uri.getRawPath());
    text.append(path.isEmpty() && DEFAULT_PORTS.containsKey(scheme) ? "/" : path);
    text.append(uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery());
    text.append(uri.getRawFragment() == null ? "" : "#" + uri.getRawFragment());
    return URI.create(text.toString());
  }

  private static Matcher authority(URI uri) {
    Matcher authority = AUTHORITY.matcher(uri.getRawAuthority());
    if (!authority.matches()) {
      throw new IllegalArgumentException("malformed authority");
    }
    return authority;
  }

  /** RFC 3986, section 5.2.4; {@link URI#normalize} keeps dots that lead above the root. */
  private static String withoutDotSegments(String path) {
    Deque<String> kept = new ArrayDeque<>();
    String[] segments = path.split("/", -1);
    for (int i = 1; i < segments.length; i++) {
      boolean last = i == segments.length - 1;
      switch (segments[i]) {
        case "." -> {
          if (last) {
            kept.add("");
          }
        }
        case ".." -> {
          kept.pollLast();
          if (last) {
            kept.add("");
          }
        }
        default -> kept.add(segments[i]);
      }
    }
    return kept.isEmpty() ? "" : "/" + String.join("/", kept);
  }
}
