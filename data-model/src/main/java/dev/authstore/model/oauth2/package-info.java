/**
 * OAuth 2.0 and OpenID Connect: clients, what they ask for, and the sessions and tokens they get.
 *
 * <p>What a newcomer would question:
 *
 * <ul>
 *   <li><b>No record holds a token or its digest.</b> Whoever makes a token has its text; storage
 *       keeps a digest that leaves the database in no record.
 *   <li><b>An authorization grant has no code before it is approved</b>, only the wish for one
 *       ({@link dev.authstore.model.oauth2.CodeRequest}): what does not exist cannot be stolen.
 *   <li><b>Expiry is no stage.</b> It comes with time and not with a change, so it is asked for
 *       with an instant.
 *   <li><b>Grant types, authentication methods, application types and algorithms are open</b>: a
 *       registration may name one that is not known here, and must get back what it registered.
 *   <li><b>A session is not usable because it is valid.</b> Its user, if it has one, must be too;
 *       the browser session that approved it need not, since it survives the logout.
 * </ul>
 */
@NullMarked
package dev.authstore.model.oauth2;

import org.jspecify.annotations.NullMarked;
