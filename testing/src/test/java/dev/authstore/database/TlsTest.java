package dev.authstore.database;

import static dev.authstore.database.ConfigurableServer.outcome;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKey;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.PBEParameterSpec;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS with a server that has it, and one that has not. */
class TlsTest {

  private static final Authority OURS = new Authority("ours");
  private static final Authority OTHERS = new Authority("others");
  private static final Authority.Identity SERVER = OURS.issue("localhost", "EC");
  private static final String BOTH = "host all tester all trust";

  private static ConfigurableServer server;
  private static ConfigurableServer plain;

  @TempDir Path directory;

  @BeforeAll
  static void start() {
    server = new ConfigurableServer();
    plain = new ConfigurableServer();
    server.serveTls(SERVER, OURS);
  }

  @AfterAll
  static void stop() {
    server.close();
    plain.close();
  }

  @BeforeEach
  void letEverybodyIn() {
    server.rules(BOTH);
  }

  @Nested
  class Modes {

    @ParameterizedTest
    @CsvSource({
      "disable, none, plain, plain",
      "disable, right, plain, plain",
      "disable, wrong, plain, plain",
      "allow, none, plain, plain",
      "allow, right, plain, plain",
      "allow, wrong, plain, plain",
      "prefer, none, TLS, plain",
      "prefer, right, TLS, plain",
      "prefer, wrong, TLS, plain",
      "require, none, TLS, NO_TLS",
      "require, right, TLS, NO_TLS",
      "require, wrong, TLS_CHAIN, NO_TLS",
      "verify-ca, right, TLS, NO_TLS",
      "verify-ca, wrong, TLS_CHAIN, NO_TLS",
      "verify-full, none, TLS_CHAIN, NO_TLS",
      "verify-full, right, TLS, NO_TLS",
      "verify-full, wrong, TLS_CHAIN, NO_TLS"
    })
    void protectAsTheySay(String mode, String authority, String withTls, String without)
        throws IOException {
      assertThat(outcome(trusting(uri(server, "localhost", mode), authority))).isEqualTo(withTls);
      assertThat(outcome(trusting(uri(plain, "localhost", mode), authority))).isEqualTo(without);
    }

    @Test
    void compareTheNameOnlyIfFull() throws IOException {
      assertThat(outcome(trusting(uri(server, "127.0.0.1", "verify-full"), "right")))
          .isEqualTo("TLS_NAME");
      assertThat(outcome(trusting(uri(server, "127.0.0.1", "verify-ca"), "right")))
          .isEqualTo("TLS");
    }

    @Test
    void trustACertificateGivenAsText() {
      assertThat(
              outcome(config(server, "localhost", "verify-full").with(Setting.SSL_CA, OURS.pem())))
          .isEqualTo("TLS");
    }

    /** The trust store is the JVM's, so it takes another JVM to have ours in it. */
    @Test
    void trustWhatTheJvmTrusts() throws Exception {
      String system = uri(server, "localhost", "verify-full&sslrootcert=system");

      List<String> outcomes =
          OutcomeProcess.outcomes(
              trusted(OURS),
              library -> true,
              system,
              uri(server, "localhost", "verify-full"),
              uri(server, "127.0.0.1", "verify-full&sslrootcert=system"));

      assertThat(outcomes).containsExactly("TLS", "TLS", "TLS_NAME");
      assertThat(outcome(DatabaseConfig.of(system))).isEqualTo("TLS_CHAIN");
    }

    private List<String> trusted(Authority authority) throws IOException, GeneralSecurityException {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setCertificateEntry("trusted", authority.certificate());
      Path file = file("trusted.p12", new byte[0]);
      try (OutputStream out = Files.newOutputStream(file)) {
        store.store(out, "secret".toCharArray());
      }
      return List.of(
          "-Djavax.net.ssl.trustStore=" + file, "-Djavax.net.ssl.trustStorePassword=secret");
    }

    @Test
    void refuseOneThatHasExpired() throws IOException {
      server.serveTls(OURS.issue("localhost", "EC", Duration.ofDays(-1)), OURS);

      String refused = outcome(trusting(uri(server, "localhost", "verify-ca"), "right"));

      server.serveTls(SERVER, OURS);
      assertThat(refused).isEqualTo("TLS_CHAIN");
    }

    @Test
    void followTheRulesOfTheServer() {
      server.rules("hostssl all tester all trust");
      assertThat(outcome(config(server, "localhost", "disable"))).isEqualTo("RULES");
      assertThat(outcome(config(server, "localhost", "allow"))).isEqualTo("TLS");

      server.rules("hostnossl all tester all trust");
      assertThat(outcome(config(server, "localhost", "prefer"))).isEqualTo("plain");
      assertThat(outcome(config(server, "localhost", "require"))).isEqualTo("RULES");
    }

    @Test
    void mayBeNegotiatedDirectlySincePostgres17() {
      String outcome = outcome(config(server, "localhost", "require&sslnegotiation=direct"));

      assertThat(outcome).isEqualTo(server.version() < 17 ? "TLS_HANDSHAKE" : "TLS");
    }

    @Test
    void keepTheBoundsOfTheProtocol() {
      server.set("ssl_max_protocol_version", "TLSv1.2");

      String tooOld =
          outcome(config(server, "localhost", "require&ssl_min_protocol_version=TLSv1.3"));
      String agreed =
          outcome(config(server, "localhost", "require&ssl_min_protocol_version=TLSv1"));

      server.set("ssl_max_protocol_version", "");
      assertThat(tooOld).isEqualTo("TLS_HANDSHAKE");
      assertThat(agreed).isEqualTo("TLS");
    }

    @Test
    void bindTheChannelToThePassword() {
      server.rules("host all tester all scram-sha-256");

      assertThat(outcome(withPassword(uri(server, "localhost", "require&channel_binding=require"))))
          .isEqualTo("TLS");
      assertThat(outcome(withPassword(uri(server, "localhost", "disable&channel_binding=require"))))
          .isEqualTo("AUTH_METHOD");
      assertThat(outcome(withPassword(uri(server, "localhost", "disable&require_auth=md5"))))
          .isEqualTo("AUTH_METHOD");
      assertThat(
              outcome(withPassword(uri(server, "localhost", "disable&require_auth=scram-sha-256"))))
          .isEqualTo("plain");
    }

    private static DatabaseConfig withPassword(String uri) {
      return DatabaseConfig.of(
          uri + "&password=p%2B%25%40%3A%2F%3F%23%26%3D%27%5C%22%20%C3%A4%C3%9F");
    }
  }

  @Nested
  class ClientCertificates {

    private static final String WANTED = "hostssl all tester all cert clientcert=verify-full";

    @ParameterizedTest
    @ValueSource(strings = {"RSA", "EC", "Ed25519"})
    void areSentInAnyFormat(String algorithm) throws Exception {
      server.rules(WANTED);
      Authority.Identity own = OURS.issue("tester", algorithm);
      Path certificate = file("client.crt", own.certificatePem().getBytes(UTF_8));
      byte[] der = own.keys().getPrivate().getEncoded();
      byte[] encrypted = encrypted(der, "PBEWithHmacSHA256AndAES_256");

      assertThat(outcome(config(server, "localhost", "require"))).isEqualTo("RULES");
      assertThat(outcome(with(certificate, own.keyPem().getBytes(UTF_8), ""))).isEqualTo("TLS");
      assertThat(outcome(with(certificate, der, ""))).isEqualTo("TLS");
      assertThat(outcome(with(certificate, encrypted, "secret"))).isEqualTo("TLS");
      assertThat(
              outcome(
                  with(
                      certificate,
                      Authority.pem("ENCRYPTED PRIVATE KEY", encrypted).getBytes(UTF_8),
                      "secret")))
          .isEqualTo("TLS");
      assertThat(outcome(with(certificate, encrypted(der, "PBEWithSHA1AndDESede"), "secret")))
          .isEqualTo("TLS");
      assertThat(outcome(pkcs12(own))).isEqualTo("TLS");
    }

    @Test
    void areGivenAsText() {
      server.rules(WANTED);
      Authority.Identity own = OURS.issue("tester", "EC");

      assertThat(
              outcome(
                  inSources(
                      Setting.SSL_CERTIFICATE,
                      own.certificatePem(),
                      Setting.SSL_KEY,
                      own.keyPem())))
          .isEqualTo("TLS");
    }

    @Test
    void areRenewedWithoutARestart() throws Exception {
      server.rules(WANTED);
      Path certificate =
          file("client.crt", OTHERS.issue("tester", "EC").certificatePem().getBytes(UTF_8));
      Authority.Identity stranger = OTHERS.issue("tester", "EC");
      Files.writeString(certificate, stranger.certificatePem());
      DatabaseConfig config = with(certificate, stranger.keyPem().getBytes(UTF_8), "");
      assertThat(outcome(config)).isNotEqualTo("TLS");
      Authority.Identity own = OURS.issue("tester", "EC");

      Files.writeString(certificate, own.certificatePem());
      Files.writeString(directory.resolve("client.key"), own.keyPem());

      assertThat(outcome(config)).isEqualTo("TLS");
      Files.delete(certificate);
      assertThat(outcome(config)).isEqualTo("TLS_CA");
    }

    @Test
    void areRefusedWhereTheyCannotBeUsed() throws Exception {
      Authority.Identity own = OURS.issue("tester", "RSA");
      Path certificate = file("client.crt", own.certificatePem().getBytes(UTF_8));
      byte[] der = own.keys().getPrivate().getEncoded();
      byte[] pkcs1 =
          PrivateKeyInfo.getInstance(der).parsePrivateKey().toASN1Primitive().getEncoded();

      assertRefused(
          certificate,
          Authority.pem("RSA PRIVATE KEY", pkcs1).getBytes(UTF_8),
          "",
          "openssl pkcs8");
      assertRefused(certificate, "nonsense".getBytes(UTF_8), "", "no private key that can be read");
      assertRefused(
          certificate, encrypted(der, "PBEWithHmacSHA256AndAES_256"), "", "there is no password");
      assertRefused(
          certificate,
          encrypted(der, "PBEWithHmacSHA256AndAES_256"),
          "wrong",
          "password may be wrong");
      assertRefused(
          certificate,
          OURS.issue("tester", "RSA").keyPem().getBytes(UTF_8),
          "",
          "not the certificate's");
      Path expired =
          file(
              "old.crt",
              OURS.issue("tester", "EC", Duration.ofDays(-1)).certificatePem().getBytes(UTF_8));
      assertRefused(expired, der, "", "not the certificate's");
    }

    @Test
    void mustBeValidAndForSomeTime() {
      Authority.Identity expired = OURS.issue("tester", "EC", Duration.ofDays(-1));
      Authority.Identity soon = OURS.issue("tester", "EC", Duration.ofDays(20));

      assertThat(
              catchThrowableOfType(
                      ConfigurationException.class,
                      () ->
                          inSources(
                              Setting.SSL_CERTIFICATE,
                              expired.certificatePem(),
                              Setting.SSL_KEY,
                              expired.keyPem()))
                  .problems())
          .extracting(ConfigProblem::code)
          .containsExactly(ConfigProblem.Code.BAD_CERTIFICATE);
      assertThat(
              inSources(
                      Setting.SSL_CERTIFICATE,
                      soon.certificatePem(),
                      Setting.SSL_KEY,
                      soon.keyPem())
                  .notices())
          .singleElement()
          .extracting(Notice::text)
          .asString()
          .startsWith("the client certificate expires at");
    }

    @Test
    void warnOfTheEndOfWhatIsTrusted() {
      Authority authority = new Authority("short-lived");
      String soon = authority.issue("localhost", "EC", Duration.ofDays(20)).certificatePem();
      String past = authority.issue("localhost", "EC", Duration.ofDays(-1)).certificatePem();

      assertThat(
              inSources(Setting.SSL_MODE, "verify-full", Setting.SSL_CA, authority.pem()).notices())
          .isEmpty();
      assertThat(
              inSources(Setting.SSL_MODE, "verify-full", Setting.SSL_CA, authority.pem() + soon)
                  .notices())
          .singleElement()
          .extracting(Notice::text)
          .asString()
          .startsWith("a certificate to trust expires at");
      assertThat(inSources(Setting.SSL_MODE, "verify-full", Setting.SSL_CA, soon + past).notices())
          .singleElement()
          .extracting(Notice::text)
          .asString()
          .startsWith("a certificate to trust has expired at");
    }

    @ParameterizedTest
    @CsvSource({"rw-------, true", "rw-r-----, true", "rw-r--r--, false", "rw-rw----, false"})
    void haveAKeyThatOthersCannotRead(String permissions, boolean accepted) throws IOException {
      Authority.Identity own = OURS.issue("tester", "EC");
      Path certificate = file("client.crt", own.certificatePem().getBytes(UTF_8));
      Path key = file("client.key", own.keyPem().getBytes(UTF_8));
      Files.setPosixFilePermissions(key, PosixFilePermissions.fromString(permissions));
      boolean ofRoot = Files.getOwner(key).getName().equals("root");

      ConfigurationException failure =
          catchThrowableOfType(
              ConfigurationException.class,
              () ->
                  inSources(
                      Setting.SSL_CERTIFICATE_FILE,
                      certificate.toString(),
                      Setting.SSL_KEY_FILE,
                      key.toString()));

      boolean expected = accepted && (ofRoot || permissions.equals("rw-------"));
      assertThat(failure == null).isEqualTo(expected);
    }

    private void assertRefused(Path certificate, byte[] key, String password, String why)
        throws IOException {
      file("client.key", key);
      ConfigurationException failure =
          catchThrowableOfType(
              ConfigurationException.class, () -> with(certificate, key, password));
      assertThat(failure.problems())
          .singleElement()
          .satisfies(
              problem -> assertThat(problem.code()).isEqualTo(ConfigProblem.Code.BAD_PRIVATE_KEY))
          .satisfies(problem -> assertThat(problem.describe()).contains(why));
    }

    private DatabaseConfig with(Path certificate, byte[] key, String password) throws IOException {
      Path keyFile = file("client.key", key);
      return DatabaseConfig.from(
          sources()
              .value(Setting.SSL_CERTIFICATE_FILE, certificate.toString())
              .value(Setting.SSL_KEY_FILE, keyFile.toString())
              .value(Setting.SSL_KEY_PASSWORD, password));
    }

    private DatabaseConfig pkcs12(Authority.Identity own)
        throws IOException, GeneralSecurityException {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry(
          "own",
          own.keys().getPrivate(),
          "secret".toCharArray(),
          new Certificate[] {own.certificate()});
      Path file = file("client.p12", new byte[0]);
      try (OutputStream out = Files.newOutputStream(file)) {
        store.store(out, "secret".toCharArray());
      }
      return inSources(Setting.SSL_KEY_FILE, file.toString(), Setting.SSL_KEY_PASSWORD, "secret");
    }

    private static DatabaseConfig inSources(
        Setting one, String value, Setting other, String otherValue) {
      return DatabaseConfig.from(sources().value(one, value).value(other, otherValue));
    }

    private static ConfigSources sources() {
      return ConfigSources.none().value(Setting.URI, uri(server, "localhost", "require"));
    }

    private static byte[] encrypted(byte[] der, String algorithm)
        throws GeneralSecurityException, IOException {
      SecretKey key =
          SecretKeyFactory.getInstance(algorithm)
              .generateSecret(new PBEKeySpec("secret".toCharArray()));
      Cipher cipher = Cipher.getInstance(algorithm);
      cipher.init(Cipher.ENCRYPT_MODE, key, new PBEParameterSpec(new byte[8], 1000));
      AlgorithmParameters parameters = cipher.getParameters();
      if (!algorithm.startsWith("PBEWithSHA1")) { // known by its scheme only
        parameters = AlgorithmParameters.getInstance("PBES2");
        parameters.init(cipher.getParameters().getEncoded());
      }
      return new EncryptedPrivateKeyInfo(parameters, cipher.doFinal(der)).getEncoded();
    }
  }

  private Path file(String name, byte[] content) throws IOException {
    Path file = Files.write(directory.resolve(name), content);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  private DatabaseConfig trusting(String uri, String authority) throws IOException {
    ConfigSources sources = ConfigSources.none().value(Setting.URI, uri);
    if (authority.equals("none")) {
      return DatabaseConfig.from(sources);
    }
    Authority trusted = authority.equals("right") ? OURS : OTHERS;
    Path file = file("ca.crt", trusted.pem().getBytes(UTF_8));
    return DatabaseConfig.from(sources.value(Setting.SSL_CA_FILE, file.toString()));
  }

  private static DatabaseConfig config(ConfigurableServer server, String host, String mode)
      throws ConfigurationException {
    return DatabaseConfig.of(uri(server, host, mode));
  }

  private static String uri(ConfigurableServer server, String host, String mode) {
    return "postgresql://tester@%s:%d/postgres?sslmode=%s".formatted(host, server.port(), mode);
  }
}
