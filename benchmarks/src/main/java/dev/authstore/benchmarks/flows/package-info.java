/**
 * What endpoints ask of their storage, on the storage of several servers and by several libraries,
 * with the same data, in one run on one server.
 */
@NullMarked
package dev.authstore.benchmarks.flows;

import org.jspecify.annotations.NullMarked;
