/** Logins at other identity providers. Tables: {@code V0002__upstream.sql}. */
@NullMarked
package dev.authstore.storage.pg.upstream;

import org.jspecify.annotations.NullMarked;
