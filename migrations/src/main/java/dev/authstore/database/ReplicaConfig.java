package dev.authstore.database;

import javax.sql.DataSource;

/**
 * A server to read from that follows the primary.
 *
 * @param target where it is, as {@code user@host:port/database}
 * @param dataSource plain connections, each a new one; nothing is connected yet
 */
public record ReplicaConfig(String target, DataSource dataSource, PoolSettings pool) {}
