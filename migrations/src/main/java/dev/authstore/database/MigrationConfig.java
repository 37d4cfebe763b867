package dev.authstore.database;

import java.time.Duration;

/**
 * How the schema is kept up to date.
 *
 * @param apply whether a start applies pending scripts, or refuses to go on without them
 * @param table that records what was applied
 * @param lockTimeout how long to wait for another migrator; zero does not wait
 */
public record MigrationConfig(boolean apply, String table, Duration lockTimeout) {}
