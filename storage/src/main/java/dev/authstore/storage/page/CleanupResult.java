package dev.authstore.storage.page;

import java.util.Optional;

/**
 * What one batch of a clean-up did. The caller commits, goes on from the cursor, and stops when the
 * count is below its limit. A batch without a cursor passes through all that others have deleted
 * since the table was last vacuumed.
 *
 * @param count the rows deleted or changed
 * @param cursor the greatest key among exactly those rows; empty if there were none
 */
public record CleanupResult<C>(int count, Optional<C> cursor) {}
