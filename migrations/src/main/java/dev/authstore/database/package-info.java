/**
 * Reaching the database: the connection target and its settings, and why a connection fails.
 *
 * <ul>
 *   <li>It stands beside the migrator because migrator, pool and command line all begin with it.
 *   <li>Messages tell the operator what to look at and never show a password.
 *   <li>A reason of failure is read from SQL state and cause. Where the driver gives several
 *       reasons one SQL state, its own texts tell them apart, in whatever language it speaks.
 * </ul>
 */
@NullMarked
package dev.authstore.database;

import org.jspecify.annotations.NullMarked;
