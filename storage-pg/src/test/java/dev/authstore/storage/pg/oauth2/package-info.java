/** Tests of OAuth 2.0. */
@NullMarked
package dev.authstore.storage.pg.oauth2;

import org.jspecify.annotations.NullMarked;
