/** What single operations cost, as a ratio to hand-written JDBC with the same statements. */
@NullMarked
package dev.authstore.benchmarks.operations;

import org.jspecify.annotations.NullMarked;
