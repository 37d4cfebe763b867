/**
 * Access for scripts, bots and integrations: personal sessions and their tokens.
 *
 * <p>What a newcomer would question:
 *
 * <ul>
 *   <li><b>The caller makes every token</b> ({@link dev.authstore.model.TokenKind}) and passes its
 *       text once; storage keeps the SHA-256 digest.
 *   <li><b>A session has one token that is not revoked</b>, expired or not. {@code replace} puts
 *       another one in its place; {@code add} refuses to.
 *   <li><b>Revoking a session revokes its token too</b>, with the same instant, so that no list
 *       shows a live token of a dead session.
 * </ul>
 */
@NullMarked
package dev.authstore.storage.personal;

import org.jspecify.annotations.NullMarked;
