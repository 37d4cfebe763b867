package dev.authstore.testing;

import javax.sql.DataSource;

/**
 * What an application adds to Authstore's tables in the databases of its tests. Best done by the
 * code that does the same when the application starts.
 *
 * <pre>{@code
 * public final class ChatSchema implements TestSchema {
 *   @Override
 *   public void addTo(DataSource database) {
 *     ChatMigrations.apply(database);
 *   }
 * }
 * }</pre>
 *
 * <p>It has a public constructor without parameters. Each class is applied once for each JVM: tests
 * get copies of what it has made, rows included.
 */
public interface TestSchema {

  /**
   * Adds to a database that has Authstore's tables and no rows in them.
   *
   * @param database plain connections, not of a pool
   */
  void addTo(DataSource database);

  /** Nothing. */
  final class None implements TestSchema {

    @Override
    public void addTo(DataSource database) {
      // Authstore's tables are all there is
    }
  }
}
