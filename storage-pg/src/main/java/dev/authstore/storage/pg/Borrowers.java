package dev.authstore.storage.pg;

import static java.util.Comparator.comparingLong;

import java.sql.Connection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Which operations have connections of the pool. Safe for use by any thread. */
final class Borrowers {
  private final Map<Connection, Borrower> current = new ConcurrentHashMap<>();
  private final AtomicLong count = new AtomicLong();

  private record Borrower(String operation, long number) {}

  void took(Connection connection, String operation) {
    String named = operation.isEmpty() ? "own statements" : operation;
    current.put(connection, new Borrower(named, count.incrementAndGet()));
  }

  /** Forgets who had it, and tells. */
  String gaveBack(Connection connection) {
    Borrower borrower = current.remove(connection);
    return borrower == null ? "" : borrower.operation;
  }

  /** The operations that connections were taken for, the one that has its for longest first. */
  List<String> oldest(int most) {
    return current.values().stream()
        .sorted(comparingLong(Borrower::number))
        .limit(most)
        .map(Borrower::operation)
        .toList();
  }
}
