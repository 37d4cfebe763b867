/**
 * OAuth 2.0 and OpenID Connect: clients, authorization requests, sessions, tokens and device codes.
 *
 * <p>What a newcomer would question:
 *
 * <ul>
 *   <li><b>The caller makes every token and code</b> ({@link dev.authstore.model.TokenKind}, {@link
 *       dev.authstore.model.RandomText}), passes the text once, and storage keeps its SHA-256
 *       digest. A look-up by a text that was never stored answers as for any unknown one.
 *   <li><b>The flows of the token endpoint are one operation each</b> ({@code exchangeCode}, {@code
 *       rotate}, {@code poll}, {@code startClientCredentials}, {@code finishByToken}, {@code
 *       introspect}): one statement decides and acts, so nobody can come between. Their refusals
 *       are results, since a client's mistake is no failure of ours.
 *   <li><b>The granular operations beside them</b> are for imports, administrators and flows that
 *       differ. They refuse by exceptions.
 *   <li><b>The client comes first.</b> What another client presents is unknown, whatever has become
 *       of it, so that nobody can end what belongs to others.
 * </ul>
 */
@NullMarked
package dev.authstore.storage.oauth2;

import org.jspecify.annotations.NullMarked;
