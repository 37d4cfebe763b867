/** The repository of what applications hold. It has no table of its own. */
@NullMarked
package dev.authstore.storage.pg.app;

import org.jspecify.annotations.NullMarked;
