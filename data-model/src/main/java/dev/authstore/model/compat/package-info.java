/**
 * Logins by the client-server API of Matrix that came before OAuth 2.0: sessions of clients, their
 * tokens, and the way to them through a browser.
 *
 * <p>What a newcomer would question:
 *
 * <ul>
 *   <li><b>Session alone means that of the client here</b>; the one of the browser in which a login
 *       was approved is always called browser session.
 *   <li><b>No record holds a token or its digest.</b> Whoever makes a token has its text; storage
 *       keeps a digest that leaves the database in no record.
 *   <li><b>A login through the browser has no token before it is approved</b>: what does not exist
 *       cannot be stolen, and the request is made by anybody.
 *   <li><b>Tokens do not end with their session.</b> Ending the session changes one row; a token
 *       counts only while its session does, so both have to be asked.
 *   <li><b>A session may be without device</b>, if it was imported. New ones have one.
 * </ul>
 */
@NullMarked
package dev.authstore.model.compat;

import org.jspecify.annotations.NullMarked;
