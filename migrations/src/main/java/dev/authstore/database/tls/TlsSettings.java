package dev.authstore.database.tls;

import dev.authstore.database.tls.TlsMaterialException.Kind;
import java.io.IOException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * TLS of one connection.
 *
 * @param roots the certificates to trust; where a chain is checked without them, those of the JVM
 * @param certificate the client's, which a PKCS#12 key brings along
 * @param keyPassword opens the key
 * @param minProtocol {@code TLSv1.2} or {@code TLSv1.3}
 */
public record TlsSettings(
    TlsMode mode,
    Optional<Material> roots,
    Optional<Material> certificate,
    Optional<Material> key,
    Optional<Material> keyPassword,
    Optional<String> minProtocol,
    Optional<String> maxProtocol) {

  private static final Duration SOON = Duration.ofDays(30);
  private static final List<String> PROTOCOLS = List.of("TLSv1.2", "TLSv1.3");

  public static TlsSettings of(TlsMode mode) {
    return new TlsSettings(
        mode,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** What is done: with certificates to trust, the chain is checked, as libpq does. */
  public TlsMode effectiveMode() {
    return mode == TlsMode.REQUIRE && roots.isPresent() ? TlsMode.VERIFY_CA : mode;
  }

  /** The same for a socket of this machine, where there is nothing to protect from. */
  public TlsSettings disabled() {
    return of(TlsMode.DISABLE);
  }

  /**
   * Reads the certificates to trust once.
   *
   * @return what should be looked after soon; one that has expired is no mistake beside others
   * @throws TlsMaterialException if they cannot be used
   */
  public Optional<String> checkRoots(Instant now) throws TlsMaterialException {
    if (roots.isEmpty()) {
      return Optional.empty();
    }
    return Certificates.read(roots.get()).stream()
        .map(root -> root.getNotAfter().toInstant())
        .min(Comparator.naturalOrder())
        .filter(end -> now.plus(SOON).isAfter(end))
        .map(
            end ->
                "a certificate to trust %s at %s"
                    .formatted(now.isAfter(end) ? "has expired" : "expires", end));
  }

  /**
   * Reads the client's certificate and key once.
   *
   * @return what should be looked after soon
   * @throws TlsMaterialException if they cannot be used
   */
  public Optional<String> checkIdentity(Instant now) throws TlsMaterialException {
    if (key.isPresent() && key.get() instanceof Material.InFile file) {
      KeyPermissions.require(file.path());
    }
    Optional<ClientIdentity> identity = identity();
    if (identity.isEmpty()) {
      return Optional.empty();
    }
    X509Certificate own = identity.get().chain().get(0);
    Instant end = own.getNotAfter().toInstant();
    if (now.isAfter(end) || now.isBefore(own.getNotBefore().toInstant())) {
      throw new TlsMaterialException(
          Kind.CERTIFICATE,
          "the client certificate is valid from %s to %s"
              .formatted(own.getNotBefore().toInstant(), end));
    }
    return now.plus(SOON).isAfter(end)
        ? Optional.of("the client certificate expires at " + end)
        : Optional.empty();
  }

  Optional<ClientIdentity> identity() throws TlsMaterialException {
    if (key.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(ClientIdentity.read(certificate, key.get(), password()));
  }

  List<String> protocols() {
    int from = minProtocol.map(PROTOCOLS::indexOf).orElse(0);
    int to = maxProtocol.map(PROTOCOLS::indexOf).orElse(PROTOCOLS.size() - 1);
    return PROTOCOLS.subList(from, to + 1);
  }

  private String password() throws TlsMaterialException {
    try {
      return keyPassword.isPresent() ? keyPassword.get().readText() : "";
    } catch (IOException e) {
      throw TlsMaterialException.unreadable(keyPassword.get(), e);
    }
  }

  /** As the one text that the driver hands to a socket factory. It holds secrets. */
  public String encode() {
    Map<String, String> parts = new LinkedHashMap<>();
    parts.put("mode", mode.name());
    encode("roots", roots, parts);
    encode("certificate", certificate, parts);
    encode("key", key, parts);
    encode("password", keyPassword, parts);
    minProtocol.ifPresent(text -> parts.put("min", text));
    maxProtocol.ifPresent(text -> parts.put("max", text));
    return parts.entrySet().stream()
        .map(
            part ->
                part.getKey() + "=" + URLEncoder.encode(part.getValue(), StandardCharsets.UTF_8))
        .collect(Collectors.joining("&"));
  }

  static TlsSettings decode(String text) {
    Map<String, String> parts =
        Stream.of(text.split("&"))
            .map(part -> part.split("=", 2))
            .collect(
                Collectors.toMap(
                    part -> part[0], part -> URLDecoder.decode(part[1], StandardCharsets.UTF_8)));
    return new TlsSettings(
        TlsMode.valueOf(parts.getOrDefault("mode", "")),
        decode("roots", parts),
        decode("certificate", parts),
        decode("key", parts),
        decode("password", parts),
        Optional.ofNullable(parts.get("min")),
        Optional.ofNullable(parts.get("max")));
  }

  private static void encode(String name, Optional<Material> material, Map<String, String> parts) {
    if (material.isEmpty()) {
      return;
    }
    if (material.get() instanceof Material.InFile file) {
      parts.put(name, "file:" + file.path());
    } else if (material.get() instanceof Material.Inline inline) {
      parts.put(name, "text:" + inline.text());
    }
  }

  private static Optional<Material> decode(String name, Map<String, String> parts) {
    return Optional.ofNullable(parts.get(name))
        .map(
            text ->
                text.startsWith("file:")
                    ? new Material.InFile(Path.of(text.substring(5)))
                    : new Material.Inline(text.substring(5)));
  }
}
