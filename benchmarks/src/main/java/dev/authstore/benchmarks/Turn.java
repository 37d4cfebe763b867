package dev.authstore.benchmarks;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** One side running one operation for a while. */
@State(Scope.Benchmark)
public class Turn {
  // Static, because JMH makes the object that it measures; all turns share one server.
  private static final AtomicReference<@Nullable Comparison> SHARED = new AtomicReference<>();

  @Param public Operation operation = Operation.LOOKUP_USER;

  @Param public Side side = Side.AUTHSTORE;

  private final Comparison comparison = shared();

  @Benchmark
  public Object run() {
    return comparison.run(operation, side);
  }

  static void share(Comparison comparison) {
    SHARED.set(comparison);
  }

  private static Comparison shared() {
    Comparison comparison = SHARED.get();
    if (comparison == null) {
      throw new IllegalStateException("started by Report only");
    }
    return comparison;
  }
}
