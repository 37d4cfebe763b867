/**
 * PostgreSQL for builds and tests, and what tests of stored things need beside it.
 *
 * <ul>
 *   <li>The server is PostgreSQL itself, unpacked from binaries on the class path. It works as root
 *       and as ordinary user, needs no container, and keeps nothing: durability is switched off and
 *       every file is gone when it is closed or the JVM ends.
 *   <li>One server per JVM serves all tests; each test gets a database of its own: {@link
 *       dev.authstore.testing.TestDatabase}.
 *   <li>Code is generated from the schema that the scripts make, not from a file that somebody has
 *       to keep up to date: {@link dev.authstore.testing.SchemaDatabase}. It is the only class that
 *       needs jOOQ, the JUnit extension the only one that needs JUnit; both are optional.
 *   <li>Times come from {@link dev.authstore.testing.MutableClock}; ids repeat if the settings of
 *       the storage have that clock and a {@code java.util.Random} with a fixed seed.
 *   <li>Nothing here sleeps: tests wait for what the server reports, up to a deadline.
 * </ul>
 */
@NullMarked
package dev.authstore.testing;

import org.jspecify.annotations.NullMarked;
