/**
 * What Authstore costs, beside other ways to do the same, in one report of one command:
 *
 * <pre>{@code
 * mvn verify -DskipTests
 * java -jar benchmarks/target/benchmarks.jar report short
 * }</pre>
 *
 * <p>Everything runs on one server that the command starts. Each {@link
 * dev.authstore.benchmarks.report.Section} has a package, makes its own data, and can be run by
 * itself. JMH runs inside this JVM, without forks, so that what is compared can take turns.
 */
@NullMarked
package dev.authstore.benchmarks;

import org.jspecify.annotations.NullMarked;
