/** Tests of the machinery that need no database. */
@NullMarked
package dev.authstore.storage.pg.internal;

import org.jspecify.annotations.NullMarked;
