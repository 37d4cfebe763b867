package dev.authstore.testing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class ServerUriTest {

  @Nested
  class OnTheNetwork {

    private final ServerUri uri =
        ServerUri.of("postgresql://me:pass%3Aword@db.example:6432/postgres?sslmode=disable");

    @Test
    void namesAnotherDatabase() {
      assertThat(uri.url("a b"))
          .isEqualTo("postgresql://me:pass%3Aword@db.example:6432/a%20b?sslmode=disable");
    }

    @Test
    void tellsTheDriverWhoConnects() {
      assertThat(uri.jdbcUrl("a b"))
          .isEqualTo(
              "jdbc:postgresql://db.example:6432/a%20b?user=me&password=pass%3Aword&sslmode=disable");
    }

    @Test
    void doesNotPrintThePassword() {
      assertThat(uri).asString().isEqualTo("ServerUri[port=6432]");
    }

    @Test
    void hasThePortOfTheUriOrElseTheUsualOne() {
      assertThat(uri.port()).isEqualTo(6432);
      assertThat(ServerUri.of("postgresql://db.example/postgres").port()).isEqualTo(5432);
    }
  }

  @Nested
  class AtASocket {

    private final ServerUri uri =
        ServerUri.of("postgresql:///postgres?host=/run/postgresql&port=6432&connect_timeout=3");

    @Test
    void namesAnotherDatabase() {
      assertThat(uri.url("other"))
          .isEqualTo("postgresql:///other?host=/run/postgresql&port=6432&connect_timeout=3");
    }

    @Test
    void tellsTheDriverWhichFileToOpen() {
      assertThat(uri.jdbcUrl("other"))
          .isEqualTo(
              "jdbc:postgresql://localhost/other"
                  + "?socketFactory=org.newsclub.net.unix.AFUNIXSocketFactory%24FactoryArg"
                  + "&socketFactoryArg=%2Frun%2Fpostgresql%2F.s.PGSQL.6432&connect_timeout=3");
    }

    @Test
    void hasThePortOfTheParameter() {
      assertThat(uri.port()).isEqualTo(6432);
    }

    @Test
    void tellsTheDriverWhoConnects() {
      ServerUri withRole = ServerUri.of("postgresql://me@/postgres?host=/run/postgresql");

      assertThat(withRole.jdbcUrl("other")).contains("?user=me&socketFactory=");
      assertThat(withRole.url("other")).isEqualTo("postgresql://me@/other?host=/run/postgresql");
    }
  }
}
