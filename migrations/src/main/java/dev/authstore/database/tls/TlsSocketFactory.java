package dev.authstore.database.tls;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Makes the TLS sockets of the driver, which creates one factory for each connection. It checks the
 * chain of certificates where the mode says so; the name of the host is checked by the driver.
 */
public final class TlsSocketFactory extends SSLSocketFactory {

  private final SSLSocketFactory delegate;
  private final String[] protocols;

  /**
   * Called by the driver.
   *
   * @param settings as {@link TlsSettings#encode()} wrote them
   * @throws TlsMaterialException if a certificate or key cannot be used any more
   */
  public TlsSocketFactory(String settings) throws TlsMaterialException, GeneralSecurityException {
    TlsSettings tls = TlsSettings.decode(settings);
    protocols = tls.protocols().toArray(String[]::new);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keyManagers(tls), trustManagers(tls), null);
    delegate = context.getSocketFactory();
  }

  @Override
  public Socket createSocket(Socket socket, String host, int port, boolean autoClose)
      throws IOException {
    SSLSocket secured = (SSLSocket) delegate.createSocket(socket, host, port, autoClose);
    SSLParameters parameters = secured.getSSLParameters();
    parameters.setProtocols(protocols);
    parameters.setApplicationProtocols(new String[] {"postgresql"}); // wanted by direct negotiation
    secured.setSSLParameters(parameters);
    return secured;
  }

  @Override
  public String[] getDefaultCipherSuites() {
    return delegate.getDefaultCipherSuites();
  }

  @Override
  public String[] getSupportedCipherSuites() {
    return delegate.getSupportedCipherSuites();
  }

  // The driver connects by itself and uses the method above only.

  @Override
  public Socket createSocket(String host, int port) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Socket createSocket(InetAddress host, int port) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Socket createSocket(
      InetAddress address, int port, InetAddress localAddress, int localPort) {
    throw new UnsupportedOperationException();
  }

  private static KeyManager @Nullable [] keyManagers(TlsSettings tls)
      throws TlsMaterialException, GeneralSecurityException {
    Optional<ClientIdentity> identity = tls.identity();
    if (identity.isEmpty()) {
      return null;
    }
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    try {
      factory.init(identity.get().keyStore(), new char[0]);
    } catch (IOException e) {
      throw new GeneralSecurityException(e);
    }
    return factory.getKeyManagers();
  }

  private static TrustManager[] trustManagers(TlsSettings tls)
      throws TlsMaterialException, GeneralSecurityException {
    return switch (tls.effectiveMode()) {
      case DISABLE, ALLOW, PREFER, REQUIRE -> new TrustManager[] {new TrustAnybody()};
      case VERIFY_CA, VERIFY_FULL -> trusting(tls.roots());
    };
  }

  private static TrustManager[] trusting(Optional<Material> roots)
      throws TlsMaterialException, GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(roots.isPresent() ? keyStore(Certificates.read(roots.get())) : null);
    return factory.getTrustManagers();
  }

  private static KeyStore keyStore(List<X509Certificate> roots) throws GeneralSecurityException {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      for (int i = 0; i < roots.size(); i++) {
        store.setCertificateEntry("root-" + i, roots.get(i));
      }
      return store;
    } catch (IOException e) {
      throw new GeneralSecurityException(e);
    }
  }

  /** For the modes that ask for encryption and not for identity. */
  private static final class TrustAnybody extends X509ExtendedTrustManager {

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
