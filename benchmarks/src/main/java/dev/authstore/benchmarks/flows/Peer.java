package dev.authstore.benchmarks.flows;

/** One way to store what the flows need. */
interface Peer {
  String title();

  /**
   * Runs a flow once, with a token or code that is good for it.
   *
   * @return what the endpoint would make its answer of
   * @throws IllegalStateException if it was refused
   */
  Object run(Flow flow);
}
