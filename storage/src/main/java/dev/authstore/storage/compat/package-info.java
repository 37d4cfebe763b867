/**
 * Logins by the client-server API of Matrix that came before OAuth 2.0: sessions, logins through
 * the browser, tokens.
 *
 * <p>What a newcomer would question:
 *
 * <ul>
 *   <li><b>The caller makes every token</b> ({@link dev.authstore.model.TokenKind}, {@link
 *       dev.authstore.model.RandomText}), passes the text once, and storage keeps its SHA-256
 *       digest. Text of any form is a token here, since imports bring those of other servers along.
 *   <li><b>A device has one session at a time.</b> A login ends the one before, then begins its
 *       own; whoever forgets the first step is refused.
 *   <li><b>The session is locked before anything is issued for it</b>, so that a finished one never
 *       gets a token, and two refreshes of one session come one after the other.
 *   <li><b>Tokens of sessions that have ended are left as they are</b>, and deleted with them.
 * </ul>
 */
@NullMarked
package dev.authstore.storage.compat;

import org.jspecify.annotations.NullMarked;
