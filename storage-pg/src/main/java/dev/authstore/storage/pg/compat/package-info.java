/** The repositories of the older login API. Tables: {@code V0005__compat.sql}. */
@NullMarked
package dev.authstore.storage.pg.compat;

import org.jspecify.annotations.NullMarked;
