package dev.authstore.storage;

/**
 * A unit of work: one transaction on one connection, taken from the pool when the first statement
 * needs it.
 *
 * <p>It belongs to one thread at a time. Another thread that calls while an operation runs gets
 * {@link UnitOfWorkException.Kind#CONCURRENT_USE}; handing it over between operations is fine.
 */
public interface Repository extends RepositoryAccess, AutoCloseable {

  /**
   * Commits and ends the unit of work.
   *
   * @throws UnitOfWorkException FAILED after a failed operation, and then everything is rolled
   *     back; CLOSED if it has ended already; COMMIT_OUTCOME_UNKNOWN if the connection broke while
   *     committing
   * @throws ConstraintViolationException if a deferred constraint is violated, and then everything
   *     is rolled back
   */
  void save();

  /**
   * Rolls back and ends the unit of work. Does nothing if it has ended already. Throws nothing but
   * what an observer throws, and CONCURRENT_USE if another thread is using it.
   */
  void cancel();

  /**
   * As {@link #cancel()}. A unit of work that has written and is closed without {@code save} or
   * {@code cancel} is reported to {@link StorageObserver#abandoned} and logged, because that is
   * nearly always a mistake.
   */
  @Override
  void close();
}
