/** What it takes until the first query, and until a test begins. */
@NullMarked
package dev.authstore.benchmarks.startup;

import org.jspecify.annotations.NullMarked;
