/** Tests of the benchmarks, which measure nothing. */
@NullMarked
package dev.authstore.benchmarks;

import org.jspecify.annotations.NullMarked;
