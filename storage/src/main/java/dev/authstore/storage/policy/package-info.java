/** What administrators tell the policy engine while it runs. */
@NullMarked
package dev.authstore.storage.policy;

import org.jspecify.annotations.NullMarked;
