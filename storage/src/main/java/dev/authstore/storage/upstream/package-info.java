/** Login at other identity providers. */
@NullMarked
package dev.authstore.storage.upstream;

import org.jspecify.annotations.NullMarked;
