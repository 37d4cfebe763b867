package dev.authstore.database;

import java.time.Duration;

/** Limits that the server keeps in each session, not in those of the migrator. Zero is off. */
public record SessionSettings(
    Duration statementTimeout, Duration lockTimeout, Duration idleInTransactionTimeout) {}
