/** Tests of access for scripts. */
@NullMarked
package dev.authstore.storage.pg.personal;

import org.jspecify.annotations.NullMarked;
