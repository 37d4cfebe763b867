/** Tests of accounts and browser sessions. */
@NullMarked
package dev.authstore.storage.pg.user;

import org.jspecify.annotations.NullMarked;
