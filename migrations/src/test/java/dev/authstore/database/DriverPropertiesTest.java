package dev.authstore.database;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.PGProperty;

class DriverPropertiesTest {

  @Test
  void areThese() {
    assertThat(properties("postgresql://u:p@h:6000/d?sslmode=disable"))
        .isEqualTo(
            new TreeMap<>(
                Map.ofEntries(
                    Map.entry("PGHOST", "h"),
                    Map.entry("PGPORT", "6000"),
                    Map.entry("PGDBNAME", "d"),
                    Map.entry("user", "u"),
                    Map.entry("password", "p"),
                    Map.entry("ApplicationName", "authstore"),
                    Map.entry(
                        "options",
                        "-c search_path=\"authstore\" -c statement_timeout=30000"
                            + " -c lock_timeout=10000"
                            + " -c idle_in_transaction_session_timeout=60000"),
                    Map.entry("connectTimeout", "10"),
                    Map.entry("loginTimeout", "10"),
                    Map.entry("tcpKeepAlive", "true"),
                    Map.entry("gssEncMode", "disable"),
                    Map.entry("sslmode", "disable"),
                    Map.entry("reWriteBatchedInserts", "true"),
                    Map.entry("logServerErrorDetail", "false"),
                    Map.entry("preparedStatementCacheQueries", "256"))));
  }

  /** What differs from the configuration above. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          application_name=a+b                 | ApplicationName=a+b
          fallback_application_name=x          | ApplicationName=x
          connect_timeout=3                    | connectTimeout=3 loginTimeout=3
          keepalives=0                         | tcpKeepAlive=false
          gssencmode=prefer                    | gssEncMode=prefer
          krbsrvname=pg                        | kerberosServerName=pg
          gsslib=gssapi                        | gsslib=gssapi
          channel_binding=disable              | channelBinding=disable
          require_auth=scram-sha-256           | requireAuth=scram-sha-256
          statement-cache-capacity=0           | prepareThreshold=0 preparedStatementCacheQueries=0
          hostaddr=10.0.0.1                    | PGHOST=10.0.0.1
          port=7                               | PGPORT=7
          dbname=x                             | PGDBNAME=x
          user=v                               | user=v
          password=                            | password=
          keepalives_idle=5                    | socketFactory=dev.authstore.database.KeepAliveSocketFactory socketFactoryArg=5,0,0
          sslnegotiation=postgres              | sslNegotiation=postgres
          sslmode=require                      | sslfactory=dev.authstore.database.tls.TlsSocketFactory sslfactoryarg=mode=REQUIRE sslmode=require
          sslmode=verify-full                  | sslfactory=dev.authstore.database.tls.TlsSocketFactory sslfactoryarg=mode=VERIFY_FULL sslmode=verify-full
          sslmode=allow&ssl_max_protocol_version=TLSv1.2 | sslfactory=dev.authstore.database.tls.TlsSocketFactory sslfactoryarg=mode=ALLOW&max=TLSv1.2 sslmode=allow
          """)
  void followTheSettings(String parameter, String difference) {
    Map<String, String> usual = properties("postgresql://u:p@h:6000/d?sslmode=disable");
    Map<String, String> changed =
        properties("postgresql://u:p@h:6000/d?sslmode=disable&" + parameter);

    Map<String, String> differing = new LinkedHashMap<>();
    changed.forEach(
        (name, value) -> {
          if (!value.equals(usual.get(name))) {
            differing.put(name, value);
          }
        });

    assertThat(
            String.join(
                " ",
                differing.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList()))
        .isEqualTo(difference);
  }

  private static Map<String, String> properties(String uri) {
    ConnectionSpec spec = DatabaseConfig.of(uri).run();
    Properties properties =
        DriverProperties.of(
            spec, spec.hosts().get(0), new Secret(uri.contains("password=") ? "" : "p"));
    Map<String, String> sorted = new TreeMap<>();
    properties
        .stringPropertyNames()
        .forEach(name -> sorted.put(name, properties.getProperty(name)));
    assertThat(sorted.keySet()).allMatch(name -> PGProperty.forName(name) != null);
    return sorted;
  }
}
