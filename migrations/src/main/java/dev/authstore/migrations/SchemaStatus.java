package dev.authstore.migrations;

import java.util.Optional;

/**
 * What is in the database.
 *
 * @param version the newest script applied; empty before the first one
 */
public record SchemaStatus(Optional<String> version, SchemaState state) {}
