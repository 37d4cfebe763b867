package dev.authstore.benchmarks.startup;

import dev.authstore.database.DatabaseConfig;
import dev.authstore.storage.pg.Authstore;

/** A program that opens a database and asks for one row. */
public final class FirstQuery {
  private FirstQuery() {}

  /** Prints how many milliseconds that took. */
  public static void main(String[] arguments) {
    System.out.println(nanos(arguments[0]) / 1e6);
  }

  static long nanos(String url) {
    long start = System.nanoTime();
    try (Authstore authstore = Authstore.open(DatabaseConfig.of(url))) {
      authstore.repositories().read(repo -> repo.users().findByUsername("nobody"));
      return System.nanoTime() - start;
    }
  }
}
