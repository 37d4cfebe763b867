package dev.authstore.storage.page;

import java.util.UUID;

/**
 * One element of a page.
 *
 * @param cursor the id of the node, for {@link Pagination#after(UUID)} and {@link
 *     Pagination#before(UUID)}
 */
public record Edge<T>(UUID cursor, T node) {}
