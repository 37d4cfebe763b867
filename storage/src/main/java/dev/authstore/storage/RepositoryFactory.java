package dev.authstore.storage;

import java.sql.Connection;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Where units of work come from. One factory serves the whole program and all its threads.
 *
 * <p>Round trips to the database: an operation of one statement costs one in {@link #read}, {@link
 * #readReplica} and {@link #direct}, and a unit of work of n statements costs n + 1, as BEGIN
 * travels with the first statement.
 */
public interface RepositoryFactory {

  /**
   * Begins a read-committed, read-write transaction. Nothing is sent and no connection is taken
   * yet.
   */
  Repository begin();

  /**
   * Begins a unit of work, runs {@code work} in it and saves; cancels if {@code work} throws.
   *
   * <p>If the failure is {@link StorageException#retryable()}, the whole of {@code work} runs
   * again, at most three times in all and 20 to 200 ms apart; so it must have no effects outside
   * the unit of work. A failure with an unknown outcome is never retried.
   */
  <T> T call(Function<? super RepositoryAccess, ? extends T> work);

  /** As {@link #call}, for work without a result. */
  void run(Consumer<? super RepositoryAccess> work);

  /**
   * Runs {@code work} without a transaction, for reading: each operation is a statement of its own
   * and sees what is committed at its time.
   *
   * @throws ReadOnlyException from every operation that writes, before anything is sent
   */
  <T> T read(Function<? super RepositoryAccess, ? extends T> work);

  /**
   * As {@link #read}, on a replica where one is configured, else on the primary. For what may be
   * old, such as lists and counts: the answer may lack what the caller has just written, and how
   * far a replica lags is the operator's business. Whether a token is still good is a question for
   * {@link #read}.
   *
   * <p>If the replica fails in a way that may pass, or does not have the tables yet, the whole of
   * {@code work} runs again on the primary; so it must have no effects outside.
   *
   * @throws ReadOnlyException from every operation that writes, before anything is sent
   */
  <T> T readReplica(Function<? super RepositoryAccess, ? extends T> work);

  /**
   * Runs {@code work} without a transaction around it: each operation commits by itself, one that
   * needs several statements in a transaction of its own. Nothing is ever retried.
   *
   * @throws UnitOfWorkException COMMIT_OUTCOME_UNKNOWN if the connection breaks during an operation
   *     that writes
   */
  <T> T direct(Function<? super RepositoryAccess, ? extends T> work);

  /**
   * Joins a transaction that the caller has begun and will end: its own rows and those of the
   * repositories are committed together. The connection is not closed, committed or rolled back
   * here.
   *
   * @throws InvalidInputException if the connection is in auto-commit mode
   */
  RepositoryAccess join(Connection connection);

  /** The same factory for another schema of the database, which must have been migrated. */
  RepositoryFactory inSchema(String schema);
}
