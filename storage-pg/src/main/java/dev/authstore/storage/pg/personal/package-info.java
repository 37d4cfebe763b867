/**
 * The repositories of access for scripts. Tables: {@code V0006__personal.sql}.
 *
 * <p>Whoever changes a token locks its session first, so that a token is never issued for a session
 * that ends at the same time, and nobody waits in a circle.
 */
@NullMarked
package dev.authstore.storage.pg.personal;

import org.jspecify.annotations.NullMarked;
