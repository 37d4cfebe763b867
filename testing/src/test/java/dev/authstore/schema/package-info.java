/** Writes {@code docs/schema}: what the scripts have made, in words and pictures. */
@NullMarked
package dev.authstore.schema;

import org.jspecify.annotations.NullMarked;
