package dev.authstore.benchmarks.operations;

import java.io.IOException;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import one.profiler.AsyncProfiler;
import org.openjdk.jmh.runner.RunnerException;

/**
 * What a profiler has seen of an operation, by whom it found at work: the innermost frame that is
 * neither the JDK's nor native.
 *
 * @param seen how much is behind the shares
 * @param owners shares of all that was seen
 * @param frames shares of all that was seen, of Authstore's and jOOQ's methods
 */
record Samples(long seen, Map<Owner, Double> owners, Map<String, Double> frames) {
  /** The side that is looked at; what is outside of it makes tokens and measures. */
  private static final String OPERATION = "dev/authstore/benchmarks/operations/Authstore";

  private static final Pattern WAITING = Pattern.compile("SocketDispatcher\\.read0|Net\\.poll");

  private static final Pattern NOBODY = Pattern.compile("(java|javax|jdk|sun|com/sun)/.*|[^/]*");

  /** Whose code it is. */
  enum Owner {
    AUTHSTORE("dev/authstore/"),
    JOOQ("org/jooq/"),
    DRIVER("org/postgresql/"),
    POOL("com/zaxxer/"),
    OTHERS("");

    private final String prefix;

    Owner(String prefix) {
      this.prefix = prefix;
    }

    private static Owner of(String frame) {
      for (Owner owner : values()) {
        if (frame.startsWith(owner.prefix)) {
          return owner;
        }
      }
      return OTHERS;
    }
  }

  /** Work to be looked at. */
  @FunctionalInterface
  interface Work {
    void run() throws RunnerException;
  }

  /** Where time is spent, but for reading from the server, which is waiting. */
  static Samples ofProcessor(Work work) throws RunnerException, IOException {
    return of("event=wall,interval=200us", work); // timers of processor time are too coarse
  }

  /** Where bytes are allocated. */
  static Samples ofMemory(Work work) throws RunnerException, IOException {
    return of("event=alloc,alloc=4k,total", work);
  }

  private static Samples of(String event, Work work) throws RunnerException, IOException {
    AsyncProfiler profiler = AsyncProfiler.getInstance();
    profiler.execute("start,jstackdepth=256," + event);
    work.run();
    String stacks = profiler.execute("stop,collapsed,total");
    Map<Owner, Long> owners = new EnumMap<>(Owner.class);
    Map<String, Long> frames = new TreeMap<>();
    stacks
        .lines()
        .filter(line -> line.contains(OPERATION) && !WAITING.matcher(line).find())
        .forEach(line -> add(line, owners, frames));
    long all = owners.values().stream().mapToLong(Long::longValue).sum();
    return new Samples(all, shares(owners, all), shares(frames, all));
  }

  /** A line is a stack from the outermost frame inwards, a blank, and how much was seen of it. */
  private static void add(String line, Map<Owner, Long> owners, Map<String, Long> frames) {
    int end = line.lastIndexOf(' ');
    long seen = Long.parseLong(line.substring(end + 1));
    String innermost = innermost(line.substring(0, end).split(";", -1));
    Owner owner = Owner.of(innermost);
    owners.merge(owner, seen, Long::sum);
    if (owner == Owner.AUTHSTORE || owner == Owner.JOOQ) {
      frames.merge(innermost.substring(innermost.lastIndexOf('/') + 1), seen, Long::sum);
    }
  }

  private static String innermost(String[] stack) {
    for (int i = stack.length - 1; i > 0; i--) {
      if (!NOBODY.matcher(stack[i]).matches()) {
        return stack[i];
      }
    }
    return stack[0];
  }

  private static <K> Map<K, Double> shares(Map<K, Long> seen, long all) {
    return seen.entrySet().stream()
        .sorted(Map.Entry.<K, Long>comparingByValue().reversed())
        .collect(
            Collectors.toMap(
                Map.Entry::getKey,
                entry -> (double) entry.getValue() / all,
                (one, other) -> one,
                LinkedHashMap::new));
  }
}
