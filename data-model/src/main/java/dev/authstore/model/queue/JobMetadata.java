package dev.authstore.model.queue;

import dev.authstore.model.Json;
import java.math.BigDecimal;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where a job was enqueued, as a position in a distributed trace (W3C Trace Context, section 3.2).
 * It never makes a job fail: ids that are none mean that there is no trace.
 *
 * @param traceId 32 lower-case hexadecimal digits
 * @param spanId 16 lower-case hexadecimal digits
 * @param traceFlags from 0 to 255
 */
public record JobMetadata(String traceId, String spanId, int traceFlags) {

  /** Without a trace. */
  public static final JobMetadata NONE = new JobMetadata("", "", 0);

  private static final Pattern TRACE_ID = Pattern.compile("(?!0{32})[0-9a-f]{32}");
  private static final Pattern SPAN_ID = Pattern.compile("(?!0{16})[0-9a-f]{16}");
  private static final int MAX_FLAGS = 255;

  /** What is stored; all members may be missing, and others are ignored. */
  public static JobMetadata of(Json json) {
    JobMetadata read = new JobMetadata(text(json, "trace_id"), text(json, "span_id"), flags(json));
    return read.isTraced() ? read : NONE;
  }

  /** Whether the ids are such. */
  public boolean isTraced() {
    return TRACE_ID.matcher(traceId).matches()
        && SPAN_ID.matcher(spanId).matches()
        && traceFlags >= 0
        && traceFlags <= MAX_FLAGS;
  }

  /** As it is stored: an empty object if there is no trace. */
  public Json toJson() {
    return Json.parse(
        isTraced()
            ? "{\"trace_id\":\"%s\",\"span_id\":\"%s\",\"trace_flags\":%d}"
                .formatted(traceId, spanId, traceFlags)
            : "{}");
  }

  @Override
  public String toString() {
    return isTraced()
        ? "JobMetadata[" + traceId + "-" + spanId + "-" + traceFlags + "]"
        : "JobMetadata[]";
  }

  private static String text(Json json, String member) {
    return json.get(member).flatMap(Json::asString).orElse("");
  }

  private static int flags(Json json) {
    Optional<BigDecimal> number = json.get("trace_flags").flatMap(Json::asNumber);
    return number.isPresent() && number.get().scale() <= 0 && number.get().precision() <= 3
        ? number.get().intValue()
        : number.isPresent() ? -1 : 0;
  }
}
