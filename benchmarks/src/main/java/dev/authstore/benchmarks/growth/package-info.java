/** What the number of rows costs. */
@NullMarked
package dev.authstore.benchmarks.growth;

import org.jspecify.annotations.NullMarked;
