/**
 * Login at other identity providers: who they are, the identities met there, and each run of the
 * flow.
 *
 * <p>What a newcomer would question:
 *
 * <ul>
 *   <li><b>A consumed session is kept</b>, as long as the browser session it logged in: a logout
 *       sent by the provider finds the browser session through it.
 *   <li><b>Unlinking is a stage of its own</b>, since it erases what the provider told about the
 *       person but not the fact that the login took place. The claims of the id token stay: a
 *       logout sent by the provider names them.
 *   <li><b>A link without an account is normal.</b> It is made when an unknown identity comes back,
 *       and gets its account once the person has logged in, signed up or linked one.
 * </ul>
 */
@NullMarked
package dev.authstore.model.upstream;

import org.jspecify.annotations.NullMarked;
