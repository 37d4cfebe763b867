package dev.authstore.model.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JobMetadataTest {
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String SPAN = "b7ad6b7169203331";

  @Test
  void isStoredUnderTheNamesOfItsParts() {
    JobMetadata metadata = new JobMetadata(TRACE, SPAN, 255);

    Json stored = metadata.toJson();

    assertThat(stored)
        .isEqualTo(
            Json.parse(
                "{\"trace_id\":\"%s\",\"span_id\":\"%s\",\"trace_flags\":255}"
                    .formatted(TRACE, SPAN)));
    assertThat(JobMetadata.of(stored)).isEqualTo(metadata);
  }

  @Test
  void isAnEmptyObjectWithoutATrace() {
    assertThat(JobMetadata.NONE.toJson()).isEqualTo(Json.parse("{}"));
    assertThat(JobMetadata.of(Json.parse("{}"))).isEqualTo(JobMetadata.NONE);
  }

  @Test
  void ignoresWhatItDoesNotKnow() {
    Json stored =
        Json.parse("{\"trace_id\":\"%s\",\"span_id\":\"%s\",\"more\":[1]}".formatted(TRACE, SPAN));

    assertThat(JobMetadata.of(stored)).isEqualTo(new JobMetadata(TRACE, SPAN, 0));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "[]",
        "{\"trace_id\":\"0af7651916cd43dd8448eb211c80319c\"}",
        "{\"trace_id\":\"0AF7651916CD43DD8448EB211C80319C\",\"span_id\":\"b7ad6b7169203331\"}",
        "{\"trace_id\":\"00000000000000000000000000000000\",\"span_id\":\"b7ad6b7169203331\"}",
        "{\"trace_id\":\"0af7651916cd43dd8448eb211c80319c\",\"span_id\":\"0000000000000000\"}",
        "{\"trace_id\":\"0af7651916cd43dd8448eb211c80319c\",\"span_id\":\"short\"}",
        "{\"trace_id\":\"0af7651916cd43dd8448eb211c80319c\",\"span_id\":\"b7ad6b7169203331\",\"trace_flags\":256}",
        "{\"trace_id\":\"0af7651916cd43dd8448eb211c80319c\",\"span_id\":\"b7ad6b7169203331\",\"trace_flags\":-1}",
        "{\"trace_id\":\"0af7651916cd43dd8448eb211c80319c\",\"span_id\":\"b7ad6b7169203331\",\"trace_flags\":1.5}",
        "{\"trace_id\":\"0af7651916cd43dd8448eb211c80319c\",\"span_id\":\"b7ad6b7169203331\",\"trace_flags\":1e300}",
        "{\"trace_id\":1,\"span_id\":\"b7ad6b7169203331\"}"
      })
  void isNoTraceUnlessAllOfItIsUnderstood(String stored) {
    assertThat(JobMetadata.of(Json.parse(stored))).isEqualTo(JobMetadata.NONE);
  }

  @Test
  void printsTheTrace() {
    assertThat(new JobMetadata(TRACE, SPAN, 1))
        .hasToString("JobMetadata[" + TRACE + "-" + SPAN + "-1]");
    assertThat(new JobMetadata("a", "b", 1)).hasToString("JobMetadata[]");
  }
}
