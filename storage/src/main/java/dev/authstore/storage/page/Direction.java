package dev.authstore.storage.page;

/** From which end of a list a page is taken. */
public enum Direction {
  FORWARD,
  BACKWARD,
}
