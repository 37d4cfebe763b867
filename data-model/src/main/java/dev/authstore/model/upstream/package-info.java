/**
 * Login at other identity providers.
 *
 * <p>What a newcomer would question:
 *
 * <ul>
 *   <li><b>A consumed session is kept</b>, as long as the browser session it logged in: a logout
 *       sent by the provider finds the browser session through it.
 *   <li><b>Unlinking is a stage of its own</b>, since it erases what the provider told about the
 *       person but not the fact that the login took place.
 * </ul>
 */
@NullMarked
package dev.authstore.model.upstream;

import org.jspecify.annotations.NullMarked;
