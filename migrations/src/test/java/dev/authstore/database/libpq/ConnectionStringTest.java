package dev.authstore.database.libpq;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectionStringTest {

  private static final Set<String> PARAMETERS = Set.of("pool_size", "pool_timeout");

  /** As libpq 18.6 reads it. */
  @Nested
  class Accepts {

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        quoteCharacter = '`',
        ignoreLeadingAndTrailingWhitespace = false,
        textBlock =
            """
            postgres://|
            postgresql://|
            postgresql:///?|
            postgresql:///mydb|dbname=mydb
            postgresql://localhost:5433/mydb|dbname=mydb host=localhost port=5433
            postgresql://h1:/db|dbname=db host=h1
            postgresql://:5433/db|dbname=db port=5433
            postgresql://user@localhost|host=localhost user=user
            postgresql://u@/db|dbname=db user=u
            postgresql://u:p@:5433/db|dbname=db password=p port=5433 user=u
            postgresql://user:@h/db|dbname=db host=h user=user
            postgresql://:secret@h/db|dbname=db host=h password=secret
            postgresql://@h/db|dbname=db host=h
            postgresql://user:p%40ss%3Aw%2Frd@h/db|dbname=db host=h password=p@ss:w/rd user=user
            postgresql://user:p%25q@h/db|dbname=db host=h password=p%q user=user
            postgresql://user:p%2Bq@h/db|dbname=db host=h password=p+q user=user
            postgresql://user:p+q@h/db|dbname=db host=h password=p+q user=user
            postgresql://user:a:b@h/db|dbname=db host=h password=a:b user=user
            postgresql://u%3Av@h/db|dbname=db host=h user=u:v
            postgresql://us/er@h/db|dbname=er@h/db host=us
            postgresql://h/db?application_name=a+b|application_name=a+b dbname=db host=h
            postgresql://h/db?application_name=a%20b|application_name=a b dbname=db host=h
            postgresql://h/db?options=-c%20role%3Downer|dbname=db host=h options=-c role=owner
            postgresql://h/db?options=%2Dc%20search_path%3Da%2Cb|dbname=db host=h options=-c search_path=a,b
            postgresql://h/db?user=a%26b%3Dc|dbname=db host=h user=a&b=c
            postgresql://h/db?sslmode=|dbname=db host=h sslmode=
            postgresql://h/db?|dbname=db host=h
            postgresql://h/db?sslmode=require&|dbname=db host=h sslmode=require
            postgresql://h/db?ssl=true|dbname=db host=h sslmode=require
            postgresql://h/db?requiressl=1|dbname=db host=h sslmode=require
            postgresql://h/db?requiressl=0|dbname=db host=h sslmode=prefer
            postgresql://h/db?sslmode=require&sslmode=disable|dbname=db host=h sslmode=disable
            postgresql://h/db?host=other|dbname=db host=other
            postgresql://h/db?dbname=x|dbname=x host=h
            postgresql://h?dbname=x|dbname=x host=h
            postgresql://h/?dbname=x|dbname=x host=h
            postgresql://u@h/db?user=v|dbname=db host=h user=v
            postgresql://h//db|dbname=/db host=h
            postgresql://h/db/extra|dbname=db/extra host=h
            postgresql://h/db#frag|dbname=db#frag host=h
            postgresql://h/a%20b|dbname=a b host=h
            postgresql://h/d%C3%A9|dbname=dé host=h
            postgresql://%2Fvar%2Frun%2Fpostgresql/db|dbname=db host=/var/run/postgresql
            postgresql://%2Ftmp:5433/db|dbname=db host=/tmp port=5433
            postgresql:///db?host=/tmp&port=5433|dbname=db host=/tmp port=5433
            postgresql://?host=/tmp|host=/tmp
            postgresql://[::1]/db|dbname=db host=::1
            postgresql://[2001:db8::1]:5433/db|dbname=db host=2001:db8::1 port=5433
            postgresql://[::1],[::2]:6/db|dbname=db host=::1,::2 port=,6
            postgresql://h1,h2,h3/db|dbname=db host=h1,h2,h3 port=,,
            postgresql://h1:1,h2:2/db|dbname=db host=h1,h2 port=1,2
            postgresql://h1,h2:2/db|dbname=db host=h1,h2 port=,2
            postgresql://h1:1,h2/db|dbname=db host=h1,h2 port=1,
            postgresql:///db?host=h1,h2&port=5433|dbname=db host=h1,h2 port=5433
            `postgresql://h/db `|dbname=db host=h
            host=h port=5433 dbname=db|dbname=db host=h port=5433
            host = h  dbname='my db' password='it\\'s \\\\ x'|dbname=my db host=h password=it's \\ x
            user=u password=|password= user=u
            host='' dbname=x|dbname=x host=
            host=h host=k|host=k
            """)
    void whatLibpqAccepts(String text, String keywords) {
      ConnectionString read = ConnectionString.parse(text, PARAMETERS);

      assertThat(faults(read)).isEmpty();
      assertThat(printed(read)).isEqualTo(keywords == null ? "" : keywords);
    }

    @Test
    void parametersBesideTheKeywords() {
      ConnectionString read = ConnectionString.parse("postgresql://h/db?pool_size=20", PARAMETERS);

      assertThat(read.faults()).isEmpty();
      assertThat(read.parameters()).isEqualTo(Map.of("pool_size", "20"));
    }

    @ParameterizedTest
    @CsvSource({
      "ssl-mode=require, sslmode=require",
      "ssl-root-cert=/ca, sslrootcert=/ca",
      "ssl-ca=/ca, sslrootcert=/ca",
      "ssl-cert=/c, sslcert=/c",
      "ssl-key=/k, sslkey=/k",
      "options[role]=x, options=-c role=x",
      "options[a]=b%20c&options[d]=e, options=-c a=b\\ c -c d=e",
      "options=-c%20x%3Dy&options[a]=b, options=-c x=y -c a=b"
    })
    void otherSpellings(String query, String keyword) {
      ConnectionString read = ConnectionString.parse("postgresql://?" + query, PARAMETERS);

      assertThat(read.faults()).isEmpty();
      assertThat(printed(read)).isEqualTo(keyword);
    }
  }

  @Nested
  class Refuses {

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        quoteCharacter = '`',
        ignoreLeadingAndTrailingWhitespace = false,
        textBlock =
            """
            postgresql://user:canary@ss@h/db|SYNTAX
            postgresql://h/db?application_name=a b|SYNTAX
            postgresql://h/a b|SYNTAX
            postgresql://h/db?options=-c%20role=owner|SYNTAX
            postgresql://h/db?sslmode|SYNTAX
            postgresql://h/db?=x|UNKNOWN_KEY
            postgresql://h/db?&sslmode=require|SYNTAX
            postgresql://h/db?sslmode=require&&port=1|SYNTAX
            postgresql://h/db?foo=bar|UNKNOWN_KEY
            postgresql://h/db?SSLMODE=require|UNKNOWN_KEY
            postgresql://h/db?ssl=false|UNKNOWN_KEY
            postgresql://h/db?ssl=1|UNKNOWN_KEY
            postgresql://h/db?sslmode=bogus|OUT_OF_RANGE
            postgresql://h:abc/db|NO_INTEGER
            postgresql://h:99999/db|OUT_OF_RANGE
            postgresql://h:0/db|OUT_OF_RANGE
            postgresql://h:٣/db|NO_INTEGER
            postgresql://h/db?connect_timeout=abc|NO_INTEGER
            postgresql://h/db?connect_timeout=0|OUT_OF_RANGE
            postgresql://h/db?connect_timeout=-1|OUT_OF_RANGE
            postgresql://h/db%00|ENCODING
            postgresql://h%zz/db|ENCODING
            postgresql://u:canary%4@h/db|ENCODING
            postgresql://u:canary%٤٤@h/db|ENCODING
            postgresql://u:canary%ff@h/db|ENCODING
            postgresql:///?host=@abs|UNSUPPORTED_KEY
            postgresql://[::1/db|SYNTAX
            postgresql://[]/db|SYNTAX
            postgresql://[::1]x/db|SYNTAX
            postgresql://,h2/db|UNSUPPORTED_KEY
            postgresql://h1,/db|UNSUPPORTED_KEY
            postgresql:///db?host=h1,h2,h3&port=1,2|OUT_OF_RANGE
            postgresql:///db?host=h1,h2,h3&hostaddr=::1,::2|OUT_OF_RANGE
            postgresql:///db?hostaddr=name|OUT_OF_RANGE
            POSTGRESQL://h/db|SYNTAX
            postgres:h/db|SYNTAX
            ` postgresql://h/db`|SYNTAX
            jdbc:postgresql://h/db|SYNTAX
            mysql://u:canary@h/db|SYNTAX
            host=h;port=1|SYNTAX
            host=h foo=bar|UNKNOWN_KEY
            host=h dbname|SYNTAX
            dbname='unterminated|SYNTAX
            canary|SYNTAX
            sslmode=require ssl-mode=disable|CONFLICT
            """)
    void whatCannotBeMeant(String text, Fault.Kind kind) {
      ConnectionString read = ConnectionString.parse(text, PARAMETERS);

      assertThat(faults(read)).singleElement().extracting(Fault::kind).isEqualTo(kind);
      assertThat(faults(read).toString()).doesNotContain("canary");
    }

    @Test
    void jdbcUrlsWithAWordOnWhatToWrite() {
      assertThat(ConnectionString.parse("jdbc:postgresql://h/d", Set.of()).faults())
          .singleElement()
          .satisfies(fault -> assertThat(fault.hint().orElse("")).contains("remove the jdbc:"));
    }

    @ParameterizedTest
    @CsvSource({
      "pool_max_conns, pool_size",
      "pool_min_conns, pool_min_idle",
      "pool_max_conn_lifetime, pool_max_lifetime",
      "pool_max_conn_idle_time, pool_idle_timeout",
      "search_path, options=-c%20search_path%3D",
      "statement_timeout, options=-c%20statement_timeout%3D",
      "sslmod, sslmode",
      "pool_siz, pool_size"
    })
    void whatHasAnotherNameHere(String name, String hint) {
      assertThat(ConnectionString.parse("postgresql://?" + name + "=1", PARAMETERS).faults())
          .singleElement()
          .satisfies(fault -> assertThat(fault.hint().orElse("")).contains(hint));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\0", "postgresql://h/\0", "host=\ud800"})
    void halfCharactersAndNothing(String text) {
      assertThat(ConnectionString.parse(text, Set.of()).faults())
          .extracting(Fault::kind)
          .containsExactly(Fault.Kind.ENCODING);
    }
  }

  @Nested
  class Printing {

    @Test
    void hidesSecrets() {
      ConnectionString read =
          ConnectionString.parse("postgresql://u:canary@h/d?sslpassword=canary", Set.of());

      assertThat(read)
          .hasToString("postgresql://?host=h&dbname=d&user=u&password=***&sslpassword=***");
      assertThat(read.toUri()).contains("password=canary");
    }
  }

  /** Those of the text, and those of the hosts that it names. */
  private static List<Fault> faults(ConnectionString read) {
    List<Fault> faults = new ArrayList<>(read.faults());
    if (faults.isEmpty()) {
      faults.addAll(
          HostList.of(
                  text(read, LibpqKeyword.HOST),
                  text(read, LibpqKeyword.HOSTADDR),
                  text(read, LibpqKeyword.PORT))
              .faults());
    }
    return faults;
  }

  private static String text(ConnectionString read, LibpqKeyword keyword) {
    return read.keywords().getOrDefault(keyword, "");
  }

  static String printed(ConnectionString read) {
    Map<String, String> sorted = new TreeMap<>();
    read.keywords().forEach((keyword, value) -> sorted.put(keyword.keyword(), value));
    return String.join(
        " ", sorted.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList());
  }
}
