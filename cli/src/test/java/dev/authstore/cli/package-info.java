/** Tests of the command, and of the architecture of the whole project, which only it can see. */
@NullMarked
package dev.authstore.cli;

import org.jspecify.annotations.NullMarked;
