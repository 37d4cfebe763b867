/** What administrators tell the policy engine while it runs. */
@NullMarked
package dev.authstore.model.policy;

import org.jspecify.annotations.NullMarked;
