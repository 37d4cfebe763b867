/**
 * Value types that every part of Authstore shares: ids, text, time, addresses, JSON.
 *
 * <p>What a newcomer would question:
 *
 * <ul>
 *   <li><b>One form per value.</b> A value is brought into the form in which the database returns
 *       it before it is stored (instants to microseconds, addresses without zone, JSON canonical),
 *       so that the record returned by a creating operation equals the one that a look-up returns.
 *   <li><b>Nothing here reads a clock.</b> Time and randomness come in as arguments, which is what
 *       makes the whole library testable without waiting.
 *   <li><b>Nothing here prints a secret or a personal datum.</b> The {@code toString} of every type
 *       leaves out names, addresses, hashes and tokens, because records end up in logs. The same
 *       holds for messages of exceptions: they say what is wrong, never with which value.
 *   <li><b>Refusals are {@link IllegalArgumentException}s.</b> This module knows no storage; the
 *       repositories turn them into their own exceptions.
 *   <li><b>Ids are compared unsigned</b> ({@link dev.authstore.model.Ids#UNSIGNED_ORDER}), as
 *       PostgreSQL does; {@link java.util.UUID#compareTo} is signed and disagrees.
 * </ul>
 */
@NullMarked
package dev.authstore.model;

import org.jspecify.annotations.NullMarked;
