/**
 * What a user would call "my apps and devices": sessions of OAuth 2.0 and of the older login API,
 * as one kind.
 *
 * <p>Browser sessions are not among them, and neither are personal sessions, which may belong to
 * somebody else than the user they act as.
 */
@NullMarked
package dev.authstore.model.app;

import org.jspecify.annotations.NullMarked;
