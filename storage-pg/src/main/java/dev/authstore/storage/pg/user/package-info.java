/**
 * The repositories of sign-ups, accounts and browser sessions. Tables: {@code V0001__users.sql},
 * {@code V0003__registrations.sql}.
 */
@NullMarked
package dev.authstore.storage.pg.user;

import org.jspecify.annotations.NullMarked;
