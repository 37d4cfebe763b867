/** The repositories of OAuth 2.0. Tables: {@code V0004__oauth2.sql}. */
@NullMarked
package dev.authstore.storage.pg.oauth2;

import org.jspecify.annotations.NullMarked;
