package dev.authstore.storage.pg.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Json;
import dev.authstore.model.queue.JobMetadata;
import dev.authstore.model.queue.QueueJob;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class SlotsTest {
  private static final int MAX_AHEAD = 500;

  private long ids;

  @Nested
  class Room {
    @Test
    void isForAsManyAsRunAtOnce() {
      Slots slots = slots(10);

      assertThat(slots.rooms()).containsExactly(new Slots.Room(List.of("narrow", "wide"), 10));
    }

    @Test
    void shrinksByWhatWasTaken() {
      Slots slots = slots(10);

      take(slots, "wide", 4);

      assertThat(free(slots)).isEqualTo(6);
    }

    @Test
    void isNoneForMoreThanRunAtOnceWhileNoneHasEnded() {
      Slots slots = slots(10);

      take(slots, "wide", 10);

      assertThat(slots.rooms()).isEmpty();
      assertThat(slots.hasRoom()).isFalse();
    }

    @Test
    void ofAQueueWithALimitIsAShareOfItsOwn() {
      Slots slots = slots(10, 3);

      assertThat(slots.rooms())
          .containsExactly(
              new Slots.Room(List.of("narrow"), 3), new Slots.Room(List.of("wide"), 7));
    }

    @Test
    void isLeftToOtherQueuesIfOneHasReachedItsLimit() {
      Slots slots = slots(10, 3);

      take(slots, "narrow", 3);

      assertThat(slots.rooms()).containsExactly(new Slots.Room(List.of("wide"), 7));
    }
  }

  @Nested
  class Ahead {
    @Test
    void areTakenAsManyAsHaveJustEnded() {
      Slots slots = slots(10);

      awaitAhead(slots, 10_000);

      assertThat(free(slots)).isGreaterThan(10).isLessThanOrEqualTo(10 + MAX_AHEAD);
    }

    @Test
    void isNoneBeyondTheLimitOfAQueue() {
      Slots slots = slots(10, 3);

      awaitAhead(slots, 10_000);

      assertThat(slots.rooms()).contains(new Slots.Room(List.of("narrow"), 3));
    }

    @Test
    void isOverOnceNoneEnds() {
      Slots slots = slots(10);
      awaitAhead(slots, 10_000);

      while (free(slots) > 10) {
        Thread.onSpinWait(); // until some time has gone by without an end
      }

      assertThat(free(slots)).isEqualTo(10);
    }

    /** Lets jobs end until that shows. */
    private void awaitAhead(Slots slots, int atATime) {
      do {
        List<QueueJob> jobs = take(slots, "wide", atATime);
        jobs.forEach(slots::vacate);
        jobs.forEach(slots::forget);
      } while (free(slots) <= 10);
    }
  }

  @Nested
  class AJob {
    @Test
    void isTakenOnce() {
      Slots slots = slots(10);
      QueueJob job = job("wide");

      boolean first = slots.take(job);
      boolean again = slots.take(job);

      assertThat(first).isTrue();
      assertThat(again).isFalse();
      assertThat(free(slots)).isEqualTo(9);
    }

    @Test
    void thatHasEndedMakesRoomBeforeItIsSettled() throws InterruptedException {
      Slots slots = slots(10);
      QueueJob job = take(slots, "wide", 1).get(0);

      slots.vacate(job);

      assertThat(free(slots)).isGreaterThanOrEqualTo(10);
      assertThat(slots.unsettled()).containsExactly(job.id());
      assertThat(slots.awaitEmpty(Duration.ZERO)).isFalse();
    }

    @Test
    void isForgottenWhenItIsSettled() throws InterruptedException {
      Slots slots = slots(10);
      QueueJob job = take(slots, "wide", 1).get(0);
      slots.vacate(job);

      slots.forget(job);

      assertThat(slots.unsettled()).isEmpty();
      assertThat(slots.awaitEmpty(Duration.ZERO)).isTrue();
    }
  }

  private static Slots slots(int limit) {
    return slots(limit, Integer.MAX_VALUE);
  }

  private static Slots slots(int limit, int ofNarrow) {
    return new Slots(
        JobHandlers.none()
            .with(JobType.withoutPayload("wide"), (repo, nothing, job) -> {})
            .with(
                JobType.withoutPayload("narrow"),
                (repo, nothing, job) -> {},
                JobLimits.none().concurrency(ofNarrow)),
        limit);
  }

  private List<QueueJob> take(Slots slots, String queue, int count) {
    List<QueueJob> jobs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      QueueJob job = job(queue);
      slots.take(job);
      jobs.add(job);
    }
    return jobs;
  }

  private QueueJob job(String queue) {
    return new QueueJob(new UUID(0, ++ids), queue, Json.NULL, JobMetadata.NONE, 0);
  }

  private static int free(Slots slots) {
    return slots.rooms().stream().mapToInt(Slots.Room::count).sum();
  }
}
