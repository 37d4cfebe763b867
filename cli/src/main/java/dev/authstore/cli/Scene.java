package dev.authstore.cli;

import dev.authstore.storage.ConflictException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.RepositoryFactory;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Where the parts of the demo play: each step is work with the repositories, told with what it did
 * and cost.
 */
record Scene(RepositoryFactory repositories, Steps steps) {

  /** A step in one transaction. */
  <T> T call(String step, Function<RepositoryAccess, T> work, Function<? super T, String> outcome) {
    return steps.run(step, () -> repositories.<T>call(work), outcome);
  }

  /** A step whose operations commit by themselves. */
  <T> T direct(
      String step, Function<RepositoryAccess, T> work, Function<? super T, String> outcome) {
    return steps.run(step, () -> repositories.<T>direct(work), outcome);
  }

  /** A step that only looks. */
  <T> T read(String step, Function<RepositoryAccess, T> work, Function<? super T, String> outcome) {
    return steps.run(step, () -> repositories.<T>read(work), outcome);
  }

  /** A step that must be refused, and tells why. */
  void refused(String step, Consumer<RepositoryAccess> work) {
    steps.run(step, () -> refusalOf(work), reason -> "refused: " + reason);
  }

  private String refusalOf(Consumer<RepositoryAccess> work) {
    try {
      repositories.run(work);
    } catch (ConflictException e) {
      return e.kind().toString();
    } catch (InvalidStateException e) {
      return e.reason().toString();
    }
    throw new DemoException("a step was done that should have been refused");
  }
}
