package dev.authstore.database;

/**
 * One line of what is in effect.
 *
 * @param key the setting's key, or libpq's keyword where there is no setting
 * @param value the text, asterisks in place of secrets
 */
public record EffectiveSetting(String key, String value, Origin origin) {}
