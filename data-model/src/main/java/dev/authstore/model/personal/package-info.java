/**
 * Access for scripts, bots and integrations: long-lived sessions that act as a user, and their
 * tokens.
 *
 * <p>What a newcomer would question:
 *
 * <ul>
 *   <li><b>Owner and actor are two.</b> The owner, a user or a client, decides about the session;
 *       the actor is whom its tokens act as. They may be the same user.
 *   <li><b>A session without a usable token is valid all the same.</b> Its token may have expired
 *       or been withdrawn, and another one can be issued.
 *   <li><b>No record holds a token or its digest</b>, as in OAuth 2.0.
 * </ul>
 */
@NullMarked
package dev.authstore.model.personal;

import org.jspecify.annotations.NullMarked;
