package dev.authstore.benchmarks;

import java.time.Duration;
import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * How often turns are repeated: until the time is over, but so often at least. The number of a
 * round, from zero, tells who begins.
 *
 * @param time from the start of the first round; a round that would not fit in is not begun
 */
public record Rounds(int least, Duration time) implements Iterable<Integer> {

  @Override
  public Iterator<Integer> iterator() {
    long start = System.nanoTime();
    return new Iterator<>() {
      private int begun;

      @Override
      public boolean hasNext() {
        long spent = System.nanoTime() - start;
        return begun < least || spent + spent / begun <= time.toNanos();
      }

      @Override
      public Integer next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        return begun++;
      }
    };
  }
}
