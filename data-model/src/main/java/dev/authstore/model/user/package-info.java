/**
 * People: how they sign up, their accounts, addresses, passwords, and the browsers they are logged
 * in with.
 *
 * <p>What a newcomer would question:
 *
 * <ul>
 *   <li><b>Locked and deactivated are two switches</b>, not one state: an administrator may unlock
 *       an account that its owner has closed, and it stays closed.
 *   <li><b>A browser session carries its whole user</b>, read by the same query, so that locking an
 *       account acts on its next request.
 *   <li><b>No address is primary and none is unconfirmed.</b> A stored address has been proved.
 * </ul>
 */
@NullMarked
package dev.authstore.model.user;

import org.jspecify.annotations.NullMarked;
