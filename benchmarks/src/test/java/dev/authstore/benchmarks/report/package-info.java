/** Tests of how the report is written. */
@NullMarked
package dev.authstore.benchmarks.report;

import org.jspecify.annotations.NullMarked;
