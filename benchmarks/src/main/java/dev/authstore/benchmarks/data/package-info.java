/**
 * Data for comparisons: the same for all that are compared, and known by number, so that millions
 * of tokens need not be remembered.
 */
@NullMarked
package dev.authstore.benchmarks.data;

import org.jspecify.annotations.NullMarked;
