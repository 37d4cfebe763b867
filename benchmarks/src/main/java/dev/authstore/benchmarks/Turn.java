package dev.authstore.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.openjdk.jmh.util.Statistics;

/** One contender at one kind of work for a while. */
@State(Scope.Benchmark)
public class Turn {
  private static final String ALLOCATION = "gc.alloc.rate.norm";

  // Static, because JMH makes the object that it measures; turns are taken one after the other.
  private static final AtomicReference<@Nullable Supplier<?>> WORK = new AtomicReference<>();

  private final Supplier<?> work = Objects.requireNonNull(WORK.get(), "started by take only");

  /**
   * What one run of the work cost.
   *
   * @param median in nanoseconds
   * @param p99 in nanoseconds
   * @param allocated bytes
   * @param cpu nanoseconds of this process, which the server is not part of
   */
  public record Cost(double median, double p99, double allocated, double cpu) {}

  @Benchmark
  public Object run() {
    return work.get();
  }

  /** Runs work again and again. */
  public static Cost take(Supplier<?> work, TimeValue time) throws RunnerException {
    WORK.set(work);
    long before = cpuTime();
    RunResult result =
        new Runner(
                new OptionsBuilder()
                    .include(Turn.class.getName())
                    .mode(Mode.SampleTime)
                    .forks(0)
                    .warmupIterations(0)
                    .measurementIterations(1)
                    .measurementTime(time)
                    .timeUnit(TimeUnit.NANOSECONDS)
                    .addProfiler(GCProfiler.class)
                    .shouldFailOnError(true)
                    .verbosity(VerboseMode.SILENT)
                    .build())
            .runSingle();
    long cpu = cpuTime() - before;
    Statistics times = result.getPrimaryResult().getStatistics();
    return new Cost(
        times.getPercentile(50),
        times.getPercentile(99),
        Objects.requireNonNull(result.getSecondaryResults().get(ALLOCATION)).getScore(),
        (double) cpu / runs(result));
  }

  /** Runs work once, which takes long enough to be measured by itself. */
  public static Cost takeOnce(Supplier<?> work) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long allocated = threads.getCurrentThreadAllocatedBytes();
    long cpu = cpuTime();
    long start = System.nanoTime();
    Objects.requireNonNull(work.get());
    double time = System.nanoTime() - start;
    return new Cost(
        time, time, threads.getCurrentThreadAllocatedBytes() - allocated, (double) cpuTime() - cpu);
  }

  private static long runs(RunResult result) {
    return result.getBenchmarkResults().stream()
        .mapToLong(one -> Objects.requireNonNull(one.getMetadata()).getMeasurementOps())
        .sum();
  }

  private static long cpuTime() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }
}
