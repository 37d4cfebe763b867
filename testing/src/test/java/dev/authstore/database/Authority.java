package dev.authstore.database;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.concurrent.atomic.AtomicLong;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Issues certificates for tests. */
final class Authority {

  private static final AtomicLong SERIAL = new AtomicLong(1);

  private final X500Name name;
  private final KeyPair keys = keys("EC");
  private final X509Certificate certificate;

  /** A key and the certificate for it. */
  record Identity(KeyPair keys, X509Certificate certificate) {

    String certificatePem() {
      return pem(certificate);
    }

    String keyPem() {
      return Authority.pem("PRIVATE KEY", keys.getPrivate().getEncoded());
    }
  }

  Authority(String commonName) {
    name = new X500Name("CN=" + commonName);
    certificate = sign(name, keys, Duration.ofDays(365), true);
  }

  String pem() {
    return pem(certificate);
  }

  X509Certificate certificate() {
    return certificate;
  }

  Identity issue(String commonName, String algorithm) {
    return issue(commonName, algorithm, Duration.ofDays(90));
  }

  /**
   * Issues a certificate of two days that end then.
   *
   * @param end from now; negative for one that has expired
   */
  Identity issue(String commonName, String algorithm, Duration end) {
    KeyPair own = keys(algorithm);
    return new Identity(own, sign(new X500Name("CN=" + commonName), own, end, false));
  }

  static String pem(String label, byte[] der) {
    return "-----BEGIN %s-----%n%s%n-----END %s-----%n"
        .formatted(label, Base64.getMimeEncoder().encodeToString(der), label);
  }

  private static String pem(X509Certificate certificate) {
    try {
      return pem("CERTIFICATE", certificate.getEncoded());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private X509Certificate sign(
      X500Name subject, KeyPair subjectKeys, Duration end, boolean isAuthority) {
    Instant until = Instant.now().plus(end);
    X509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            name,
            BigInteger.valueOf(SERIAL.getAndIncrement()),
            Date.from(
                Instant.now().minus(Duration.ofDays(10)).compareTo(until) < 0
                    ? Instant.now().minus(Duration.ofDays(10))
                    : until.minus(Duration.ofDays(2))),
            Date.from(until),
            subject,
            subjectKeys.getPublic());
    try {
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(isAuthority));
      if (!isAuthority) {
        String host = subject.getRDNs()[0].getFirst().getValue().toString();
        builder.addExtension(
            Extension.subjectAlternativeName,
            false,
            new GeneralNames(new GeneralName(GeneralName.dNSName, host)));
      }
      return new JcaX509CertificateConverter()
          .getCertificate(
              builder.build(
                  new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate())));
    } catch (CertIOException | OperatorCreationException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static KeyPair keys(String algorithm) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
      if (algorithm.equals("RSA")) {
        generator.initialize(2048);
      } else if (algorithm.equals("EC")) {
        generator.initialize(256);
      }
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
