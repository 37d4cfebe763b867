/**
 * TLS to the server: whom to trust, and with which certificate to introduce ourselves.
 *
 * <ul>
 *   <li>The driver's own factory reads few formats, knows no text in place of a file, takes {@code
 *       system} for a file name, and ignores the certificates to trust unless told to verify. Hence
 *       {@link dev.authstore.database.tls.TlsSocketFactory}.
 *   <li>What a key is, is seen from its bytes and not from the name of its file.
 *   <li>Files are read when settings are checked and again for each connection, so that renewed
 *       certificates are used without a restart.
 *   <li>Configured certificates replace those of the JVM; nothing is looked up in a home directory.
 * </ul>
 */
@NullMarked
package dev.authstore.database.tls;

import org.jspecify.annotations.NullMarked;
