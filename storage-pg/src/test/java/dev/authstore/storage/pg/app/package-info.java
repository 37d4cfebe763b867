/** Tests of what applications hold. */
@NullMarked
package dev.authstore.storage.pg.app;

import org.jspecify.annotations.NullMarked;
