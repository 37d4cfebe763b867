/** Tests of logins at other identity providers. */
@NullMarked
package dev.authstore.storage.pg.upstream;

import org.jspecify.annotations.NullMarked;
