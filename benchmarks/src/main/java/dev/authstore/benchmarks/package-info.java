/**
 * How much Authstore costs, as a ratio to hand-written JDBC in one run on one machine. Run by hand,
 * compiled by every build:
 *
 * <pre>{@code
 * mvn verify
 * java -jar benchmarks/target/benchmarks.jar        # quick, about three minutes
 * java -jar benchmarks/target/benchmarks.jar full   # about ten
 * }</pre>
 *
 * <p>Both sides send the same text, recorded from Authstore at the start, over the same pool, and
 * give the same records, which is checked before anything is measured.
 *
 * <p>JMH runs inside the JVM of {@link dev.authstore.benchmarks.Report}, without forks. That lets
 * the sides take turns every second, so that whatever else the machine does meets both, and the
 * driver is compiled for all operations, as it is in a program that uses the library. Each ratio is
 * the median of the ratios of neighbouring turns.
 */
@NullMarked
package dev.authstore.benchmarks;

import org.jspecify.annotations.NullMarked;
