package dev.authstore.database;

import dev.authstore.database.libpq.HostSpec;
import dev.authstore.database.libpq.LibpqKeyword;
import dev.authstore.database.tls.TlsMode;
import dev.authstore.database.tls.TlsSocketFactory;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import org.postgresql.PGProperty;

/**
 * What the driver is told about one host. Properties and never a URL: those are decoded in other
 * ways than ours, and what is misspelt in them vanishes without a word.
 */
final class DriverProperties {

  private static final Map<LibpqKeyword, PGProperty> SAME =
      Map.of(
          LibpqKeyword.SSLNEGOTIATION, PGProperty.SSL_NEGOTIATION,
          LibpqKeyword.CHANNEL_BINDING, PGProperty.CHANNEL_BINDING,
          LibpqKeyword.REQUIRE_AUTH, PGProperty.REQUIRE_AUTH,
          LibpqKeyword.GSSENCMODE, PGProperty.GSS_ENC_MODE,
          LibpqKeyword.KRBSRVNAME, PGProperty.KERBEROS_SERVER_NAME,
          LibpqKeyword.GSSLIB, PGProperty.GSS_LIB);

  private final Properties properties = new Properties();

  private DriverProperties() {}

  /**
   * @param password empty if there is none; were it absent, the driver would look for one itself
   */
  static Properties of(ConnectionSpec spec, HostSpec host, Secret password) {
    DriverProperties driver = new DriverProperties();
    driver.fixed();
    driver.set(PGProperty.USER, spec.credentials().user());
    driver.set(PGProperty.PASSWORD, password.reveal());
    driver.set(PGProperty.PG_DBNAME, spec.database());
    driver.sessions(spec.sessions());
    String seconds = seconds(spec.connectTimeout());
    driver.set(PGProperty.CONNECT_TIMEOUT, seconds);
    driver.set(PGProperty.LOGIN_TIMEOUT, seconds); // the other one ends when the host answers
    driver.set(PGProperty.TCP_KEEP_ALIVE, String.valueOf(!KeepAlive.isOff(spec)));
    spec.passed()
        .forEach(
            (keyword, value) -> {
              PGProperty property = SAME.get(keyword);
              if (property != null) {
                driver.set(property, value);
              }
            });
    if (host instanceof HostSpec.UnixSocket socket) {
      driver.socket(socket);
    } else if (host instanceof HostSpec.Tcp tcp) {
      driver.tcp(tcp, spec);
    }
    return driver.properties;
  }

  private void fixed() {
    set(PGProperty.GSS_ENC_MODE, "disable"); // saves a round trip
    set(PGProperty.REWRITE_BATCHED_INSERTS, "true");
    set(PGProperty.LOG_SERVER_ERROR_DETAIL, "false"); // it holds values of rows
  }

  private void sessions(ConnectionSpec.Sessions sessions) {
    set(PGProperty.APPLICATION_NAME, sessions.applicationName());
    sessions.options().ifPresent(options -> set(PGProperty.OPTIONS, options));
    if (!sessions.socketTimeout().isZero()) {
      set(PGProperty.SOCKET_TIMEOUT, seconds(sessions.socketTimeout()));
    }
    set(PGProperty.PREPARED_STATEMENT_CACHE_QUERIES, String.valueOf(sessions.preparedStatements()));
    if (sessions.preparedStatements() == 0) {
      set(PGProperty.PREPARE_THRESHOLD, "0");
    }
  }

  private void socket(HostSpec.UnixSocket socket) {
    set(PGProperty.PG_HOST, "localhost"); // it is not looked at
    set(PGProperty.PG_PORT, String.valueOf(socket.port()));
    set(PGProperty.SOCKET_FACTORY, UnixSockets.FACTORY);
    set(PGProperty.SOCKET_FACTORY_ARG, UnixSockets.argument(socket));
    set(PGProperty.SSL_MODE, TlsMode.DISABLE.text());
    set(PGProperty.GSS_ENC_MODE, "disable");
  }

  private void tcp(HostSpec.Tcp host, ConnectionSpec spec) {
    set(PGProperty.PG_HOST, host.address().orElse(host.name()));
    set(PGProperty.PG_PORT, String.valueOf(host.port()));
    KeepAlive.argument(spec)
        .ifPresent(
            argument -> {
              set(PGProperty.SOCKET_FACTORY, KeepAliveSocketFactory.class.getName());
              set(PGProperty.SOCKET_FACTORY_ARG, argument);
            });
    set(PGProperty.SSL_MODE, spec.tls().effectiveMode().text());
    if (spec.tls().mode() != TlsMode.DISABLE) {
      set(PGProperty.SSL_FACTORY, TlsSocketFactory.class.getName());
      set(PGProperty.SSL_FACTORY_ARG, spec.tls().encode());
    }
  }

  private void set(PGProperty property, String value) {
    property.set(properties, value);
  }

  /** The driver counts whole seconds; a part of one must not become zero, which is for ever. */
  private static String seconds(Duration duration) {
    return String.valueOf(duration.plusMillis(999).toSeconds());
  }
}
