/** Tests of policy data. */
@NullMarked
package dev.authstore.storage.pg.policy;

import org.jspecify.annotations.NullMarked;
