package dev.authstore.database.tls;

import dev.authstore.database.tls.TlsMaterialException.Kind;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/** A client certificate with the certificates that vouch for it, and its key. */
record ClientIdentity(List<X509Certificate> chain, PrivateKey key) {

  private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA");

  private static final String CONVERT =
      "convert it: openssl pkcs8 -topk8 -nodes -in client.key -out client.pk8";

  /**
   * @param certificate may be missing if the key is a PKCS#12 file, which holds one
   * @param password of the key, empty if there is none
   */
  static ClientIdentity read(Optional<Material> certificate, Material key, String password)
      throws TlsMaterialException {
    byte[] bytes = Certificates.bytes(key);
    List<Pem> blocks = Pem.blocks(bytes);
    ClientIdentity identity =
        blocks.isEmpty() && isPkcs12(bytes)
            ? ofPkcs12(key, bytes, password)
            : new ClientIdentity(List.of(), privateKey(key, bytes, blocks, password));
    if (certificate.isPresent()) {
      identity = new ClientIdentity(Certificates.read(certificate.get()), identity.key);
    }
    if (identity.chain.isEmpty()) {
      throw new TlsMaterialException(
          Kind.CERTIFICATE, "there is a key and no certificate", "give both, or a PKCS#12 file");
    }
    identity.requireThatTheyBelongTogether(key);
    return identity;
  }

  /** In a key store of its own, as key managers want it. */
  KeyStore keyStore() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry("client", key, new char[0], chain.toArray(Certificate[]::new));
    return store;
  }

  private static PrivateKey privateKey(
      Material origin, byte[] bytes, List<Pem> blocks, String password)
      throws TlsMaterialException {
    if (blocks.isEmpty()) {
      return startsWithSequence(bytes)
          ? decrypted(origin, bytes, password)
          : ofPkcs8(origin, bytes);
    }
    Pem block =
        blocks.stream()
            .filter(candidate -> candidate.label().endsWith("PRIVATE KEY"))
            .findFirst()
            .orElseThrow(() -> unusable(origin, "holds no private key"));
    return switch (block.label()) {
      case "PRIVATE KEY" -> ofPkcs8(origin, block.der());
      case "ENCRYPTED PRIVATE KEY" -> decrypted(origin, block.der(), password);
      default -> throw unusable(origin, "holds a key in the old format " + block.label());
    };
  }

  private static PrivateKey ofPkcs8(Material origin, byte[] der) throws TlsMaterialException {
    for (String algorithm : ALGORITHMS) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
      } catch (InvalidKeySpecException e) {
        // not of this kind
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException(e);
      }
    }
    throw unusable(origin, "holds no private key that can be read");
  }

  private static PrivateKey decrypted(Material origin, byte[] der, String password)
      throws TlsMaterialException {
    if (password.isEmpty()) {
      throw new TlsMaterialException(
          Kind.PRIVATE_KEY, origin.origin() + " is encrypted and there is no password for it");
    }
    try {
      EncryptedPrivateKeyInfo encrypted = new EncryptedPrivateKeyInfo(der);
      // the algorithm's own name is no more than "PBES2"
      String name =
          encrypted.getAlgName().startsWith("PBEWith")
              ? encrypted.getAlgName()
              : encrypted.getAlgParameters().toString();
      Cipher cipher = Cipher.getInstance(name);
      cipher.init(
          Cipher.DECRYPT_MODE,
          SecretKeyFactory.getInstance(name).generateSecret(new PBEKeySpec(password.toCharArray())),
          encrypted.getAlgParameters());
      return ofPkcs8(origin, encrypted.getKeySpec(cipher).getEncoded());
    } catch (IOException | GeneralSecurityException e) {
      throw new TlsMaterialException(
          Kind.PRIVATE_KEY, origin.origin() + " cannot be decrypted, the password may be wrong");
    }
  }

  private static ClientIdentity ofPkcs12(Material origin, byte[] bytes, String password)
      throws TlsMaterialException {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(new ByteArrayInputStream(bytes), password.toCharArray());
      for (String alias : Collections.list(store.aliases())) {
        if (store.getKey(alias, password.toCharArray()) instanceof PrivateKey key) {
          List<X509Certificate> chain =
              Stream.of(store.getCertificateChain(alias)).map(X509Certificate.class::cast).toList();
          return new ClientIdentity(chain, key);
        }
      }
      throw unusable(origin, "holds no private key");
    } catch (IOException | GeneralSecurityException e) {
      throw new TlsMaterialException(
          Kind.PRIVATE_KEY, origin.origin() + " cannot be opened, the password may be wrong");
    }
  }

  private void requireThatTheyBelongTogether(Material origin) throws TlsMaterialException {
    String algorithm =
        switch (key.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> "EdDSA";
        };
    try {
      Signature signature = Signature.getInstance(algorithm);
      byte[] message = {1}; // of none, the JDK makes signatures that it does not verify
      signature.initSign(key);
      signature.update(message);
      byte[] signed = signature.sign();
      signature.initVerify(chain.get(0).getPublicKey());
      signature.update(message);
      if (signature.verify(signed)) {
        return;
      }
    } catch (GeneralSecurityException e) {
      // not even of the same kind
    }
    throw new TlsMaterialException(
        Kind.PRIVATE_KEY, origin.origin() + " holds a key that is not the certificate's");
  }

  /** Both begin with a sequence: that of PKCS#12 with its version 3. */
  private static boolean isPkcs12(byte[] der) {
    int at = contentAt(der);
    return at + 3 <= der.length && der[at] == 2 && der[at + 1] == 1 && der[at + 2] == 3;
  }

  /** That of an encrypted key with its algorithm, that of a plain one with a number. */
  private static boolean startsWithSequence(byte[] der) {
    int at = contentAt(der);
    return at < der.length && der[at] == 0x30;
  }

  /** Where the content of the outermost element begins. */
  private static int contentAt(byte[] der) {
    if (der.length < 2 || der[0] != 0x30) {
      return der.length;
    }
    return der[1] >= 0 ? 2 : 2 + (der[1] & 0x7f);
  }

  private static TlsMaterialException unusable(Material origin, String problem) {
    return new TlsMaterialException(
        Kind.PRIVATE_KEY, "%s %s".formatted(origin.origin(), problem), CONVERT);
  }
}
