package dev.authstore.database.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

/** Reads certificates. */
final class Certificates {

  private Certificates() {}

  /** At least one, in the order of the text. */
  static List<X509Certificate> read(Material material) throws TlsMaterialException {
    List<Pem> blocks = Pem.blocks(bytes(material));
    if (blocks.isEmpty()) {
      throw new TlsMaterialException(
          TlsMaterialException.Kind.CERTIFICATE,
          material.origin() + " holds no certificate",
          "it must contain -----BEGIN CERTIFICATE-----");
    }
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      List<X509Certificate> certificates = new ArrayList<>();
      for (Pem block : blocks) {
        if (block.label().equals("CERTIFICATE")) {
          certificates.add(
              (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(block.der())));
        }
      }
      if (certificates.isEmpty()) {
        throw new CertificateException("none among other blocks");
      }
      return certificates;
    } catch (CertificateException | IllegalArgumentException e) {
      throw new TlsMaterialException(
          TlsMaterialException.Kind.CERTIFICATE,
          material.origin() + " holds no certificate that can be read");
    }
  }

  static byte[] bytes(Material material) throws TlsMaterialException {
    try {
      return material.read();
    } catch (IOException e) {
      throw TlsMaterialException.unreadable(material, e);
    }
  }
}
