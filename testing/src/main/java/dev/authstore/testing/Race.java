package dev.authstore.testing;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** Contenders that start at the same moment, each on its own thread. */
public final class Race {

  private static final Duration DEADLINE = Duration.ofSeconds(60);

  private final int contenders;
  private final Duration deadline;

  private Race(int contenders, Duration deadline) {
    if (contenders < 1) {
      throw new IllegalArgumentException("a race needs a contender");
    }
    this.contenders = contenders;
    this.deadline = deadline;
  }

  /** A race of that many, to be over within a minute. */
  public static Race of(int contenders) {
    return new Race(contenders, DEADLINE);
  }

  public Race deadline(Duration duration) {
    return new Race(contenders, duration);
  }

  /** What a contender does. It is told its number, from 0. */
  @FunctionalInterface
  public interface Contender<T> {
    T run(int number) throws Exception;
  }

  /** How a contender ended. */
  public sealed interface Outcome<T> {
    record Returned<T>(T value) implements Outcome<T> {}

    record Threw<T>(Throwable failure) implements Outcome<T> {}
  }

  /** How all ended, by number. */
  public record Results<T>(List<Outcome<T>> outcomes) {

    public Results {
      outcomes = List.copyOf(outcomes);
    }

    public List<T> values() {
      return outcomes.stream()
          .filter(Outcome.Returned.class::isInstance)
          .map(outcome -> ((Outcome.Returned<T>) outcome).value())
          .toList();
    }

    public List<Throwable> failures() {
      return outcomes.stream()
          .filter(Outcome.Threw.class::isInstance)
          .map(outcome -> ((Outcome.Threw<T>) outcome).failure())
          .toList();
    }
  }

  /**
   * Runs the race to its end.
   *
   * @throws AssertionError if a contender is still running at the deadline
   */
  public <T> Results<T> run(Contender<T> contender) throws InterruptedException {
    CyclicBarrier start = new CyclicBarrier(contenders);
    List<Callable<T>> tasks =
        IntStream.range(0, contenders)
            .<Callable<T>>mapToObj(
                number ->
                    () -> {
                      start.await();
                      return contender.run(number);
                    })
            .toList();
    ExecutorService threads = Executors.newFixedThreadPool(contenders, Race::thread);
    try {
      return results(threads.invokeAll(tasks, deadline.toMillis(), TimeUnit.MILLISECONDS));
    } finally {
      threads.shutdownNow();
    }
  }

  private <T> Results<T> results(List<Future<T>> futures) throws InterruptedException {
    long late = futures.stream().filter(Future::isCancelled).count();
    if (late > 0) {
      throw new AssertionError(
          "%d of %d contenders still run after %s".formatted(late, contenders, deadline));
    }
    List<Outcome<T>> outcomes = new ArrayList<>();
    for (Future<T> future : futures) {
      outcomes.add(outcome(future));
    }
    return new Results<>(outcomes);
  }

  private static <T> Outcome<T> outcome(Future<T> future) throws InterruptedException {
    try {
      return new Outcome.Returned<>(future.get());
    } catch (ExecutionException e) {
      return new Outcome.Threw<>(e.getCause() == null ? e : e.getCause());
    }
  }

  /** One that does not keep the JVM alive if it never ends. */
  private static Thread thread(Runnable task) {
    Thread thread = new Thread(task, "race");
    thread.setDaemon(true);
    return thread;
  }
}
