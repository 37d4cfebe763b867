/**
 * Sessions of OAuth 2.0 and of the older login API together. They have no table of their own.
 *
 * <p>What a newcomer would question:
 *
 * <ul>
 *   <li><b>Personal sessions are not among them</b>, although they may name the same device: they
 *       may be an administrator's, and do not end when somebody logs in on the device.
 *   <li><b>A login replaces the sessions of its device before it begins its own</b>, since a device
 *       has one. That also keeps the order in which rows are locked.
 * </ul>
 */
@NullMarked
package dev.authstore.storage.app;

import org.jspecify.annotations.NullMarked;
