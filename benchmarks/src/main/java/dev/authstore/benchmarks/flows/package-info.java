/**
 * The flows of the token endpoints on the storage of several servers, with the same data, in one
 * run on one server. Run by hand, compiled by every build:
 *
 * <pre>{@code
 * mvn verify -DskipTests
 * java -cp benchmarks/target/benchmarks.jar dev.authstore.benchmarks.flows.FlowReport quick
 * }</pre>
 *
 * <p>Peers take turns, so that whatever else the machine does meets all of them. What a flow costs
 * besides storage (parsing, signatures, hashes of client secrets) is not part of it.
 */
@NullMarked
package dev.authstore.benchmarks.flows;

import org.jspecify.annotations.NullMarked;
