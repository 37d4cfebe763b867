/** How near one operation comes to what the server can do at all. */
@NullMarked
package dev.authstore.benchmarks.limit;

import org.jspecify.annotations.NullMarked;
