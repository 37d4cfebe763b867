/**
 * The machinery that all repositories stand on. Public to Java, because the groups are packages of
 * their own, but no API.
 *
 * <ul>
 *   <li>{@link dev.authstore.storage.pg.internal.UnitOfWork} is the only road to the database:
 *       guard, error translation and observation happen there and cannot be forgotten.
 *   <li>{@link dev.authstore.storage.pg.internal.Statement} is a statement written once in the jOOQ
 *       DSL, rendered once per schema, and from then on run as a plain prepared statement.
 *       Rendering each time costs more than the driver does, so it is left to bulk changes, whose
 *       text depends on a filter, and to the condition of a list or a count, around which the rest
 *       is such a statement.
 *   <li>{@link dev.authstore.storage.pg.internal.Projection} is the one place that knows the
 *       columns of an aggregate. Columns are found by generated field, wherever they stand in a
 *       result: in a table, a join, or a part of a {@code WITH}.
 * </ul>
 *
 * <p>Creating a child reads its parent under a lock, inserts from that, and returns both, in one
 * statement. So the answer tells a missing parent from a refusing one without a second look, and
 * without an error that would abort the transaction.
 */
@NullMarked
package dev.authstore.storage.pg.internal;

import org.jspecify.annotations.NullMarked;
