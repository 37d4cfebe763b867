/**
 * The contract of the persistence layer: how a unit of work begins and ends, what it gives access
 * to, and how it fails.
 *
 * <p>Rules that hold for every operation of every repository, stated once:
 *
 * <ul>
 *   <li>An entity passed in is a snapshot. Its id names the row; whether a change is allowed is
 *       judged by the database on the stored row, in the statement that makes the change. What is
 *       returned is the row as it is stored afterwards.
 *   <li>A look-up that finds nothing returns empty, and so does one for text that could never have
 *       been stored.
 *   <li>Refusals ({@link InvalidInputException}, {@link NotFoundException}, {@link
 *       InvalidStateException}, {@link ConflictException}, {@link InvalidDataException}, {@link
 *       ReadOnlyException}) leave the unit of work usable. Every other {@link StorageException}
 *       ends it; {@link StorageException#abortsUnitOfWork()} tells.
 *   <li>No argument and no result is null; a null argument is a {@link NullPointerException} before
 *       anything is sent.
 *   <li>An operation reads the clock once. Instants are kept to the microsecond, longer ones are
 *       cut, and must lie in the years 1 to 9999.
 *   <li>A thing with an {@code expiresAt} is usable while {@code now < expiresAt}.
 *   <li>Messages of exceptions name types, tables and ids, never values.
 * </ul>
 */
@NullMarked
package dev.authstore.storage;

import org.jspecify.annotations.NullMarked;
