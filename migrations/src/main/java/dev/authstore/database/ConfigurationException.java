package dev.authstore.database;

/** A setting is missing, malformed or contradicts another one. The message never shows a secret. */
public final class ConfigurationException extends RuntimeException {

  public ConfigurationException(String message) {
    super(message);
  }
}
