package dev.authstore.database;

import java.time.Duration;
import java.util.Optional;

/**
 * How the schema is kept up to date.
 *
 * @param apply whether a start applies pending scripts, or refuses to go on without them
 * @param tableSchema where the history is, if it is not in the schema of the tables
 * @param table that records what was applied
 * @param lockTimeout how long to wait for another migrator; zero does not wait
 * @param allowNewer whether a schema of a newer program will do that says it is compatible
 */
public record MigrationConfig(
    boolean apply,
    Optional<String> tableSchema,
    String table,
    Duration lockTimeout,
    boolean allowNewer) {}
