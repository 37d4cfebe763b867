/** Tests of the storage on PostgreSQL, each on an empty, migrated database of its own. */
@NullMarked
package dev.authstore.storage.pg;

import org.jspecify.annotations.NullMarked;
