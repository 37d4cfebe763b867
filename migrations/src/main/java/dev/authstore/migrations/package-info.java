/**
 * The schema and how it gets into a database: SQL scripts beside this package, applied by {@link
 * dev.authstore.migrations.Migrations}.
 *
 * <ul>
 *   <li>Scripts only go forward. There is no way to clean a schema or to take a step back: a backup
 *       can do that, a script cannot.
 *   <li>Scripts never name a schema. While they run, the target schema is the first one of the
 *       search path, so one database may hold several Authstore schemas.
 *   <li>Flyway applies the scripts and keeps the history. It silently accepts a database that is
 *       newer than the program, so the comparison of both is ours: {@link
 *       dev.authstore.migrations.SchemaState}.
 *   <li>Flyway locks by session, not by transaction: building an index concurrently waits for every
 *       open transaction, also for one that does nothing but hold the lock. Its lock cannot tell
 *       who has it, so one of ours is around it: {@link dev.authstore.migrations.MigrationLock}.
 *   <li>An index on a table that is in use is built concurrently, outside a transaction, in a
 *       script that drops it first: where the process dies, no note is left, and the script starts
 *       anew. Where it fails, a note is left, and an operator has to look and to repair. A test
 *       keeps every script released later to that, and to other rules about locks.
 *   <li>Rights are compared with what is needed before anything is changed. The service's role gets
 *       its rights from default privileges; what those give too much (the history) is taken back by
 *       every script: {@link dev.authstore.migrations.TableRights}.
 *   <li>The migrator wants a plain data source, not a pool. It changes time zone and search path of
 *       its sessions, and a pool would hand them on.
 *   <li>Log lines hold their fields as text. Code generation runs the migrator inside Maven, whose
 *       logging API is older than key and value pairs.
 *   <li>Its tests that need a server live in the module {@code testing}, which brings one.
 * </ul>
 *
 * <p>Logging keeps to what SLF4J 1.7 offers: Maven lends its own, older SLF4J to the plugin that
 * generates code.
 */
@NullMarked
package dev.authstore.migrations;

import org.jspecify.annotations.NullMarked;
