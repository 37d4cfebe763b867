package dev.authstore.storage.pg.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CronExpressionTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "* * * * * *         | 2022-01-16T14:40:00Z          | 2022-01-16T14:40:01Z",
        "* * * * * *         | 2022-01-16T14:40:00.999999Z   | 2022-01-16T14:40:01Z",
        "0 0 * * * *         | 2022-01-16T14:40:00Z          | 2022-01-16T15:00:00Z",
        "0 0 * * * *         | 2022-01-16T15:00:00Z          | 2022-01-16T16:00:00Z",
        "0 5 */4 * * *       | 2022-01-16T20:05:00Z          | 2022-01-17T00:05:00Z",
        "30 */15 * * * *     | 2022-01-16T14:40:00Z          | 2022-01-16T14:45:30Z",
        "0 0 2 * * *         | 2022-12-31T02:00:00Z          | 2023-01-01T02:00:00Z",
        "0 0 0 29 2 *        | 2022-01-16T00:00:00Z          | 2024-02-29T00:00:00Z",
        "0 0 0 29 2 *        | 2096-02-29T00:00:00Z          | 2104-02-29T00:00:00Z",
        "0 0 0 * * 0         | 2022-01-16T14:40:00Z          | 2022-01-23T00:00:00Z",
        "0 0 0 * * 7         | 2022-01-16T14:40:00Z          | 2022-01-23T00:00:00Z",
        "0 0 12 * * 1-5      | 2022-01-14T12:00:00Z          | 2022-01-17T12:00:00Z",
        "0 0 0 31 * *        | 2022-01-31T00:00:00Z          | 2022-03-31T00:00:00Z",
        "1,3-5,50-59/9 0 0 1 1 * | 2022-01-01T00:00:05Z      | 2022-01-01T00:00:50Z",
        "1,3-5,50-59/9 0 0 1 1 * | 2022-01-01T00:00:50Z      | 2022-01-01T00:00:59Z",
        // summer time begins and ends in many zones; nothing of it is seen here
        "0 30 2 * * *        | 2022-03-27T00:00:00Z          | 2022-03-27T02:30:00Z",
        "0 30 2 * * *        | 2022-10-30T02:30:00Z          | 2022-10-31T02:30:00Z",
      })
  void comesTrueNextStrictlyAfter(String text, Instant after, Instant next) {
    assertThat(CronExpression.parse(text).next(after)).isEqualTo(next);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "* * * * *",
        "* * * * * * *",
        "60 * * * * *",
        "* 60 * * * *",
        "* * 24 * * *",
        "* * * 0 * *",
        "* * * 32 * *",
        "* * * * 0 *",
        "* * * * 13 *",
        "* * * * * 8",
        "5-1 * * * * *",
        "a * * * * *",
        "1- * * * * *",
        "-1 * * * * *",
        "1,, * * * * *",
        "*/0 * * * * *",
        "1/2/3 * * * * *",
        "1-2-3 * * * * *",
        "0 0 0 1 * 1",
        "0 0 0 30 2 *"
      })
  void isRefusedIfItMeansNothing(String text) {
    assertThatThrownBy(() -> CronExpression.parse(text))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void printsWhatItWasReadFrom() {
    assertThat(CronExpression.parse("0 0 * * * *")).hasToString("0 0 * * * *");
  }
}
