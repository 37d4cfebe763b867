package dev.authstore.database.libpq;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.database.libpq.LibpqKeyword.Use;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class LibpqKeywordTest {

  @Test
  void areThoseOfLibpq18() {
    assertThat(LibpqKeyword.values()).hasSize(50);
    assertThat(
            Stream.of(LibpqKeyword.values())
                .map(LibpqKeyword::environment)
                .flatMap(e -> e.stream()))
        .doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @EnumSource
  void areFoundByTheirName(LibpqKeyword keyword) {
    assertThat(LibpqKeyword.named(keyword.keyword())).contains(keyword);
    assertThat(keyword.keyword()).isLowerCase();
    assertThat(keyword.note()).endsWith(".");
  }

  @ParameterizedTest
  @EnumSource
  void readTheSameInBothForms(LibpqKeyword keyword) {
    ConnectionString uri =
        ConnectionString.parse("postgresql://?" + keyword.keyword() + "=1", Set.of());
    ConnectionString pairs = ConnectionString.parse(keyword.keyword() + " = '1'", Set.of());

    assertThat(uri).isEqualTo(pairs);
    assertThat(uri.keywords()).containsOnlyKeys(keyword);
  }

  @ParameterizedTest
  @EnumSource
  void refuseByNameWhatTheDriverCannotDo(LibpqKeyword keyword) {
    boolean refused =
        keyword
            .check(keyword.keyword(), "something else")
            .filter(fault -> fault.kind() == Fault.Kind.UNSUPPORTED_KEY)
            .filter(fault -> fault.hint().isPresent())
            .isPresent();

    assertThat(refused).isEqualTo(keyword.use() == Use.REFUSED || keyword.use() == Use.ONE_VALUE);
  }

  @ParameterizedTest
  @CsvSource({
    "CLIENT_ENCODING, UTF8",
    "CLIENT_ENCODING, auto",
    "TCP_USER_TIMEOUT, 0",
    "SSLCOMPRESSION, 0",
    "SSLSNI, 1",
    "MIN_PROTOCOL_VERSION, 3.0",
    "MAX_PROTOCOL_VERSION, latest",
    "GSSDELEGATION, 0",
    "REPLICATION, off",
    "SSLCERTMODE, allow",
    "REQUIRE_AUTH, 'scram-sha-256,md5'",
    "REQUIRE_AUTH, '!password,!none'",
    "KEEPALIVES, 0",
    "KEEPALIVES_IDLE, 30",
    "TARGET_SESSION_ATTRS, read-write",
    "LOAD_BALANCE_HOSTS, random",
    "SSLMODE, ''",
    "SSL_MIN_PROTOCOL_VERSION, TLSv1.3",
    "CONNECT_TIMEOUT, 600",
    "SSLKEY, 'C:\\key'"
  })
  void acceptWhatIsHarmlessOrKnown(LibpqKeyword keyword, String value) {
    assertThat(keyword.check(keyword.keyword(), value)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "SSLCERTMODE, require, OUT_OF_RANGE", "REQUIRE_AUTH, oauth, OUT_OF_RANGE",
    "REQUIRE_AUTH, '!password,none', OUT_OF_RANGE", "KEEPALIVES, 2, OUT_OF_RANGE",
    "KEEPALIVES_COUNT, x, NO_INTEGER", "CONNECT_TIMEOUT, 601, OUT_OF_RANGE",
    "SSLKEY, engine:key, OUT_OF_RANGE", "APPLICATION_NAME, é, OUT_OF_RANGE",
    "SSL_MIN_PROTOCOL_VERSION, SSLv3, OUT_OF_RANGE", "SSLNEGOTIATION, maybe, OUT_OF_RANGE"
  })
  void refuseOtherValues(LibpqKeyword keyword, String value, Fault.Kind kind) {
    assertThat(keyword.check(keyword.keyword(), value).orElseThrow().kind()).isEqualTo(kind);
  }
}
