package dev.authstore.storage.pg.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Json;
import dev.authstore.model.queue.ScheduleStatus;
import dev.authstore.storage.pg.worker.JobSchedule.MissedRuns;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class DutiesTest {
  private static final Instant NOW = Instant.parse("2022-01-16T14:40:00Z");
  private static final Instant NEXT = Instant.parse("2022-01-16T15:00:00Z");
  private static final Instant LAST = Instant.parse("2022-01-16T14:00:00Z");
  private static final Instant LONG_AGO = Instant.parse("2022-01-10T14:00:00Z");

  @Nested
  class Occurrence {
    @Test
    void isTheNextOneIfNoneWasEverPlanned() {
      assertThat(occurrence(MissedRuns.SKIP, status(null, null))).contains(NEXT);
      assertThat(occurrence(MissedRuns.RUN_ONCE, status(null, null))).contains(NEXT);
    }

    @Test
    void isNotPlannedTwice() {
      assertThat(occurrence(MissedRuns.SKIP, status(NEXT, false))).isEmpty();
      assertThat(occurrence(MissedRuns.SKIP, status(NEXT, true))).isEmpty();
    }

    @Test
    void waitsForTheEndOfTheLastOne() {
      assertThat(occurrence(MissedRuns.SKIP, status(LAST, false))).isEmpty();
      assertThat(occurrence(MissedRuns.RUN_ONCE, status(LONG_AGO, false))).isEmpty();
    }

    @Test
    void isTheNextOneOnceTheLastHasEnded() {
      assertThat(occurrence(MissedRuns.SKIP, status(LAST, true))).contains(NEXT);
      assertThat(occurrence(MissedRuns.RUN_ONCE, status(LAST, true))).contains(NEXT);
    }

    @Test
    void isTheNextOneIfTheLastWasCleanedUp() {
      assertThat(occurrence(MissedRuns.SKIP, status(LAST, null))).contains(NEXT);
    }

    @Test
    void liesAheadEvenIfOneIsDueNow() {
      Optional<Instant> at = Duties.occurrence(schedule(MissedRuns.SKIP), status(LAST, true), NEXT);

      assertThat(at).contains(NEXT.plusSeconds(3600));
    }

    @Test
    void skipsWhatWasMissed() {
      assertThat(occurrence(MissedRuns.SKIP, status(LONG_AGO, true))).contains(NEXT);
    }

    @Test
    void makesUpForOneOfThoseMissed() {
      assertThat(occurrence(MissedRuns.RUN_ONCE, status(LONG_AGO, true))).contains(NOW);
    }

    @Test
    void makesUpForThemOnceOnly() {
      assertThat(occurrence(MissedRuns.RUN_ONCE, status(NOW, true))).contains(NEXT);
    }
  }

  private static Optional<Instant> occurrence(MissedRuns policy, ScheduleStatus status) {
    return Duties.occurrence(schedule(policy), status, NOW);
  }

  private static JobSchedule schedule(MissedRuns policy) {
    return new JobSchedule(
        "hourly", CronExpression.parse("0 0 * * * *"), "queue", Json.NULL, policy);
  }

  private static ScheduleStatus status(@Nullable Instant last, @Nullable Boolean ended) {
    return new ScheduleStatus("hourly", Optional.ofNullable(last), Optional.ofNullable(ended));
  }
}
