/**
 * Login at other identity providers: which there are, the identities met there, and each run of the
 * flow.
 *
 * <p>What a newcomer would question:
 *
 * <ul>
 *   <li><b>Nothing is held while the provider is asked.</b> Begin a login, save, and complete it in
 *       another unit of work: what may be done is judged by what is stored then.
 *   <li><b>A login is used once.</b> {@code completeWithLink} and {@code consume} have one winner
 *       each, however many tabs there are.
 *   <li><b>A login is called off by unlinking it</b>, not by deleting it: the claims stay, so that
 *       a logout at the provider still finds the browser session.
 *   <li><b>Templates and their values are the service's business.</b> Storage keeps the former and
 *       gets the latter.
 * </ul>
 */
@NullMarked
package dev.authstore.storage.upstream;

import org.jspecify.annotations.NullMarked;
