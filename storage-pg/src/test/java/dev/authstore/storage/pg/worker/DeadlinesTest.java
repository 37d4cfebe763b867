package dev.authstore.storage.pg.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DeadlinesTest {
  private static final Optional<Duration> SHORT = Optional.of(Duration.ofMillis(1));
  private static final Optional<Duration> LONG = Optional.of(Duration.ofHours(1));

  private final Deadlines deadlines = new Deadlines(Thread::new);

  @AfterEach
  void stop() {
    deadlines.stop();
  }

  @Test
  void interruptWhatRunsForTooLong() {
    CountDownLatch never = new CountDownLatch(1);

    assertThatThrownBy(() -> deadlines.run(SHORT, never::await))
        .isInstanceOf(JobTimeoutException.class)
        .hasMessage("ran for longer than PT0.001S")
        .hasCauseInstanceOf(InterruptedException.class);
  }

  @Test
  void interruptNothingThatComesAfterwards() throws Exception {
    deadlines.run(SHORT, DeadlinesTest::awaitInterrupt);

    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  void leaveAloneWhatEndsInTime() {
    assertThatThrownBy(
            () ->
                deadlines.run(
                    LONG,
                    () -> {
                      throw new IOException("of its own");
                    }))
        .isInstanceOf(IOException.class);
  }

  @Test
  void leaveARejectionWhatItIs() {
    assertThatThrownBy(
            () ->
                deadlines.run(
                    SHORT,
                    () -> {
                      awaitInterrupt();
                      throw new JobRejectedException("hopeless");
                    }))
        .isInstanceOf(JobRejectedException.class);
  }

  @Test
  void areNoneForWhatMayTakeItsTime() throws Exception {
    boolean[] done = {false};

    deadlines.run(Optional.empty(), () -> done[0] = true);

    assertThat(done[0]).isTrue();
  }

  private static void awaitInterrupt() {
    while (!Thread.currentThread().isInterrupted()) {
      Thread.onSpinWait();
    }
  }
}
