package dev.authstore.database;

import java.time.Duration;
import java.util.Optional;
import org.slf4j.event.Level;

/**
 * What is logged of statements: operation, text and time, never arguments.
 *
 * @param level of every statement, empty for none
 * @param slowStatement what takes longer is a warning; zero is off
 */
public record LogSettings(Optional<Level> level, Duration slowStatement) {}
