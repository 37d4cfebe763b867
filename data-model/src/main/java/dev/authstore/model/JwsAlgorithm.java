package dev.authstore.model;

/**
 * How a JSON Web Signature is made (RFC 7518, section 3.1, and its successors). Open: a client may
 * have registered one that is not listed here.
 *
 * @param name as in the header {@code alg}
 */
public record JwsAlgorithm(String name) {
  public static final JwsAlgorithm HS256 = new JwsAlgorithm("HS256");
  public static final JwsAlgorithm HS384 = new JwsAlgorithm("HS384");
  public static final JwsAlgorithm HS512 = new JwsAlgorithm("HS512");
  public static final JwsAlgorithm RS256 = new JwsAlgorithm("RS256");
  public static final JwsAlgorithm RS384 = new JwsAlgorithm("RS384");
  public static final JwsAlgorithm RS512 = new JwsAlgorithm("RS512");
  public static final JwsAlgorithm ES256 = new JwsAlgorithm("ES256");
  public static final JwsAlgorithm ES384 = new JwsAlgorithm("ES384");
  public static final JwsAlgorithm ES512 = new JwsAlgorithm("ES512");
  public static final JwsAlgorithm PS256 = new JwsAlgorithm("PS256");
  public static final JwsAlgorithm PS384 = new JwsAlgorithm("PS384");
  public static final JwsAlgorithm PS512 = new JwsAlgorithm("PS512");
  public static final JwsAlgorithm ES256K = new JwsAlgorithm("ES256K");
  public static final JwsAlgorithm EDDSA = new JwsAlgorithm("EdDSA");
  public static final JwsAlgorithm ED25519 = new JwsAlgorithm("Ed25519");
  public static final JwsAlgorithm ED448 = new JwsAlgorithm("Ed448");

  /** Not signed. */
  public static final JwsAlgorithm NONE = new JwsAlgorithm("none");

  /**
   * @throws IllegalArgumentException if the name cannot be stored: empty, longer than 255 bytes,
   *     with U+0000 or an unpaired surrogate
   */
  public JwsAlgorithm {
    Texts.identity(name, 255);
  }
}
