/**
 * The {@code authstore} command.
 *
 * <p>What a newcomer would question:
 *
 * <ul>
 *   <li><b>A failure is one line on the error stream and an exit code</b>, which the help of the
 *       command lists; only settings may have several mistakes, one line each. Stack traces help
 *       nobody at a prompt, and arguments are not repeated, since a connection target holds a
 *       password.
 *   <li><b>The demo takes no schema that it has not made</b>, so that dropping it afterwards cannot
 *       destroy anything.
 *   <li><b>The only logging binding of the project is here.</b> It is quiet: what the library would
 *       log about a failure is what the command says itself.
 * </ul>
 */
@NullMarked
package dev.authstore.cli;

import org.jspecify.annotations.NullMarked;
