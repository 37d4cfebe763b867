package dev.authstore.benchmarks.flows;

import dev.authstore.benchmarks.Database;
import java.sql.SQLException;
import java.util.Map;

/**
 * A peer, and what it sends.
 *
 * @param trips of each flow: counted by what is between the peer and its pool, or by the server
 */
record Contender(Peer peer, Database database, Map<Flow, Long> trips) {

  long tripsOf(Flow flow) {
    return trips.getOrDefault(flow, 0L);
  }

  /**
   * How many the server has run so far, with ends of transactions, without their beginnings and
   * what sets up connections.
   */
  long statements() throws SQLException {
    return database.number(
        """
        SELECT coalesce(sum(calls), 0) FROM public.pg_stat_statements
        WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND query NOT LIKE '%pg_stat_statements%' AND query !~ '^(BEGIN|SET)'
        """);
  }
}
