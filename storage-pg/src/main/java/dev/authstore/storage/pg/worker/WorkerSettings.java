package dev.authstore.storage.pg.worker;

import java.time.Duration;

/**
 * How a worker works. Instants that several workers must agree on are in {@link
 * dev.authstore.storage.queue.QueueSettings}.
 *
 * @param concurrency how many jobs run at once; each may hold a connection of the pool, and the
 *     worker itself needs three more at times; 10
 * @param pollInterval after which it looks for jobs although nothing woke it; 5 s, of which chance
 *     takes off up to a tenth
 * @param wakeUpSpread by how much at most chance delays a look for jobs after a notification, so
 *     that not all workers come at once; 50 ms
 * @param roundInterval the least time between two looks after notifications; 100 ms
 * @param heartbeatInterval between two signs of life; 15 s
 * @param deadWorkerThreshold without a sign of life, after which the leader declares a worker dead;
 *     60 s. Must be several times the heartbeat of all workers
 * @param promotionInterval between two looks of the leader for jobs whose time has come; 1 s
 * @param dutyInterval between two rounds of the leader that plan schedules and search for dead
 *     workers; 5 s
 * @param grace how long {@link JobWorker#close()} waits for jobs before it interrupts them, and
 *     half as long again for them to give in; 30 s
 */
public record WorkerSettings(
    int concurrency,
    Duration pollInterval,
    Duration wakeUpSpread,
    Duration roundInterval,
    Duration heartbeatInterval,
    Duration deadWorkerThreshold,
    Duration promotionInterval,
    Duration dutyInterval,
    Duration grace) {

  /**
   * @throws IllegalArgumentException if the concurrency is below 1, a duration negative, or the
   *     threshold not above the heartbeat interval
   */
  public WorkerSettings {
    if (concurrency < 1) {
      throw new IllegalArgumentException("concurrency must be 1 or more");
    }
    for (Duration duration :
        new Duration[] {
          pollInterval,
          wakeUpSpread,
          roundInterval,
          heartbeatInterval,
          promotionInterval,
          dutyInterval,
          grace
        }) {
      if (duration.isNegative()) {
        throw new IllegalArgumentException("a duration must not be negative");
      }
    }
    if (deadWorkerThreshold.compareTo(heartbeatInterval) <= 0) {
      throw new IllegalArgumentException("a worker would be dead before its next heartbeat");
    }
  }

  public static WorkerSettings defaults() {
    return new WorkerSettings(
        10,
        Duration.ofSeconds(5),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofSeconds(15),
        Duration.ofSeconds(60),
        Duration.ofSeconds(1),
        Duration.ofSeconds(5),
        Duration.ofSeconds(30));
  }

  public WorkerSettings concurrency(int value) {
    return new WorkerSettings(
        value,
        pollInterval,
        wakeUpSpread,
        roundInterval,
        heartbeatInterval,
        deadWorkerThreshold,
        promotionInterval,
        dutyInterval,
        grace);
  }

  /** How it looks for jobs. */
  public WorkerSettings fetching(Duration poll, Duration spread, Duration round) {
    return new WorkerSettings(
        concurrency,
        poll,
        spread,
        round,
        heartbeatInterval,
        deadWorkerThreshold,
        promotionInterval,
        dutyInterval,
        grace);
  }

  /** How workers know of each other's death. */
  public WorkerSettings heartbeat(Duration interval, Duration threshold) {
    return new WorkerSettings(
        concurrency,
        pollInterval,
        wakeUpSpread,
        roundInterval,
        interval,
        threshold,
        promotionInterval,
        dutyInterval,
        grace);
  }

  /** How often the leader does what. */
  public WorkerSettings leading(Duration promotion, Duration duty) {
    return new WorkerSettings(
        concurrency,
        pollInterval,
        wakeUpSpread,
        roundInterval,
        heartbeatInterval,
        deadWorkerThreshold,
        promotion,
        duty,
        grace);
  }

  public WorkerSettings grace(Duration value) {
    return new WorkerSettings(
        concurrency,
        pollInterval,
        wakeUpSpread,
        roundInterval,
        heartbeatInterval,
        deadWorkerThreshold,
        promotionInterval,
        dutyInterval,
        value);
  }
}
