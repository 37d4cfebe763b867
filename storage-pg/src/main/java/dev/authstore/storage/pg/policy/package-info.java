/** The repository of policy data. Table: {@code V0007__policy.sql}. */
@NullMarked
package dev.authstore.storage.pg.policy;

import org.jspecify.annotations.NullMarked;
