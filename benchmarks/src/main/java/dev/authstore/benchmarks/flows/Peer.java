package dev.authstore.benchmarks.flows;

import java.sql.SQLException;
import java.util.Set;

/** One way to store what the flows need. */
public interface Peer extends AutoCloseable {
  String title();

  /** Which flows it has. */
  Set<Flow> flows();

  /**
   * Makes what one run of a bulk flow uses up. It is not measured.
   *
   * @throws SQLException if it cannot
   */
  default void prepare(Flow flow) throws SQLException {}

  /**
   * Runs a flow once, with a token or code that is good for it.
   *
   * @return what the endpoint would make its answer of
   * @throws IllegalStateException if it was refused
   */
  Object run(Flow flow);

  @Override
  default void close() {}
}
