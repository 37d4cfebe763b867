/**
 * PostgreSQL for builds and tests, and what tests of stored things need beside it.
 *
 * <ul>
 *   <li>{@link dev.authstore.testing.PostgresServer} says which server is used: PostgreSQL itself,
 *       unpacked from binaries on the class path, unless a container or a server that is there is
 *       named. The embedded one works as root and as ordinary user, and keeps nothing: durability
 *       is switched off and every file is gone when it is closed or the JVM ends.
 *   <li>One server per JVM serves all tests; each test gets a database of its own: {@link
 *       dev.authstore.testing.TestDatabase}, or with a storage on it, {@link
 *       dev.authstore.testing.TestStorage}. The latter is why this module sees the interfaces of
 *       the storage: without them it could not tell that a test forgets to save.
 *   <li>Code is generated from the schema that the scripts make, not from a file that somebody has
 *       to keep up to date: {@link dev.authstore.testing.SchemaDatabase}. It is the only class that
 *       needs jOOQ, the extensions the only ones that need JUnit, of which 5.14 and 6 both do; the
 *       container needs Testcontainers. All three are optional.
 *   <li>Times come from {@link dev.authstore.testing.MutableClock}; ids repeat if the settings of
 *       the storage have that clock and a {@code java.util.Random} with a fixed seed.
 *   <li>Nothing here sleeps: tests wait for what the server reports, up to a deadline.
 * </ul>
 */
@NullMarked
package dev.authstore.testing;

import org.jspecify.annotations.NullMarked;
