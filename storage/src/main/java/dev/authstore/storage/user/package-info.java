/**
 * People: how they sign up, their accounts, verified addresses and passwords, and the browsers they
 * are logged in with.
 *
 * <p>User names and e-mail addresses keep the spelling they were given and are compared folded
 * ({@link dev.authstore.model.Folding}). Adding something that may be taken never aborts the
 * transaction: it answers {@link dev.authstore.storage.ConflictException}.
 */
@NullMarked
package dev.authstore.storage.user;

import org.jspecify.annotations.NullMarked;
