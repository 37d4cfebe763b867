package dev.authstore.model.policy;

import dev.authstore.model.Json;
import java.time.Instant;
import java.util.UUID;

/**
 * One version of the data that the policy engine merges into its own.
 *
 * @param id also tells an engine whether it runs this version; the greatest is in force
 * @param createdAt by the clock of whoever set it, which may be behind that of an earlier version
 * @param data any JSON value; what can be merged, the engine knows
 */
public record PolicyData(UUID id, Instant createdAt, Json data) {}
