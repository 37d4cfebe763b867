package dev.authstore.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReportTest {
  @Test
  void aTableIsWrittenWithRatiosToTwoPlacesAndCountsWhole() {
    Table table =
        new Table(
            "Sizes",
            List.of("What", "Ratio", "Large", "Count"),
            List.of(List.of("one", 1.005001, 1234.5, 1_000_000)));

    String written = table.markdown();

    assertThat(written)
        .isEqualTo(
            """
            **Sizes**

            | What | Ratio | Large | Count |
            | --- | --- | --- | --- |
            | one | 1.01 | 1,235 | 1,000,000 |
            """);
  }

  @Test
  void aGoalIsJudgedAsItIsWritten() {
    Goal reached = Goal.atMost(1.15, "median", 1.1549, "somewhere");
    Goal missed = Goal.atMost(1.15, "median", 1.155, "somewhere");

    List<Boolean> met = List.of(reached.isMet(), missed.isMet());

    assertThat(met).containsExactly(true, false);
  }

  @Test
  void aShareMustNotBeBelowItsGoal() {
    Goal reached = Goal.atLeast(0.7, "share", 0.7, "somewhere");
    Goal missed = Goal.atLeast(0.7, "share", 0.69, "somewhere");

    List<Boolean> met = List.of(reached.isMet(), missed.isMet());

    assertThat(met).containsExactly(true, false);
  }

  @Test
  void aPercentileIsAValueThatWasMeasured() {
    double[] values = {4, 1, 3, 2};

    List<Double> percentiles =
        List.of(
            Figures.median(values),
            Figures.percentile(99, values),
            Figures.percentile(100, values));

    assertThat(percentiles).containsExactly(2.0, 3.0, 4.0);
  }

  @Test
  void aPictureIsDrawnOfEveryScale() throws IOException {
    for (Chart.Scale scale : Chart.Scale.values()) {
      ByteArrayOutputStream picture = new ByteArrayOutputStream();
      Chart.Line line = new Chart.Line("line", List.of(1.0, 10.0, 100.0), List.of(2.0, 3.0, 40.0));

      Pictures.write(new Chart("title", "x", "y", scale, List.of(line)), picture);

      assertThat(picture.toString(StandardCharsets.UTF_8)).contains("<svg");
    }
  }
}
