package dev.authstore.database;

/**
 * Something about the settings that an operator should know, and that is no mistake.
 *
 * @param warning whether it should be changed
 */
public record Notice(boolean warning, String text) {

  static Notice warning(String text) {
    return new Notice(true, text);
  }

  static Notice info(String text) {
    return new Notice(false, text);
  }
}
