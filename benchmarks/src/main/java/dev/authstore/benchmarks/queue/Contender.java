package dev.authstore.benchmarks.queue;

import dev.authstore.benchmarks.Database;
import java.sql.SQLException;

/** A job queue in a database of its own. */
interface Contender extends AutoCloseable {
  /** How many jobs a worker runs at once. */
  int CONCURRENCY = 10;

  /** What the jobs do. */
  enum Kind {
    NOTHING,
    WRITES_A_ROW,
  }

  /** Enqueues jobs, each with a commit of its own. */
  void enqueueEach(Kind kind, int jobs);

  /** Enqueues jobs in the way meant for many. */
  void enqueueAll(Kind kind, int jobs);

  /** Starts workers, each with {@link #CONCURRENCY} threads. */
  Crew start(int workers, Runnable work);

  /** Puts finished jobs and jobs of next year into the table, as far as this queue keeps them. */
  void fill(int finished, int scheduled) throws SQLException;

  /** Removes what a turn has left behind, and has the server do what autovacuum would. */
  void tidy() throws SQLException;

  /** Whether a job has been neither done nor settled, apart from those of next year. */
  boolean isBusy() throws SQLException;

  /** How many statements the server has run in this database so far. */
  long statements() throws SQLException;

  /** The same of a database, those that count them excepted. */
  static long statements(Database database) throws SQLException {
    return database.number(
        """
        SELECT coalesce(sum(calls), 0) FROM public.pg_stat_statements
        WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND query NOT LIKE '%pg_stat_statements%'
        """);
  }

  /** Gives up the connections that jobs are enqueued by. */
  @Override
  void close();

  /** Workers that run. */
  interface Crew {
    void close();
  }
}
