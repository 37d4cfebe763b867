/**
 * How long answers are cut: pages by key, clean-ups in batches.
 *
 * <p>The cursor of an element is its id, and a page is always in ascending order of id, compared as
 * PostgreSQL does (16 unsigned bytes). So page 10,000 costs what page 1 costs, a row is never
 * returned twice, and a cursor whose row has vanished still works. Ids begin with the millisecond
 * of their creation; a row of a transaction that was open for long can become visible behind a
 * cursor.
 */
@NullMarked
package dev.authstore.storage.page;

import org.jspecify.annotations.NullMarked;
