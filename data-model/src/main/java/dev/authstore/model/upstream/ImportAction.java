package dev.authstore.model.upstream;

/** What becomes of something that a provider tells about a person who signs up. */
public enum ImportAction {
  /** Nothing. */
  IGNORE,
  /** It is proposed, and the person may change or decline it. */
  SUGGEST,
  /** It is imposed, and may be missing. */
  FORCE,
  /** It is imposed, and must not be missing. */
  REQUIRE;

  /** Whether it is ignored. */
  public boolean isIgnored() {
    return this == IGNORE;
  }

  /** Whether the person has no say. */
  public boolean isForcedOrRequired() {
    return this == FORCE || this == REQUIRE;
  }

  /** Whether nobody can sign up without it. */
  public boolean isRequired() {
    return this == REQUIRE;
  }

  /**
   * Whether it is taken over.
   *
   * @param userChoice what the person wants, if asked
   */
  public boolean shouldImport(boolean userChoice) {
    return isForcedOrRequired() || (this == SUGGEST && userChoice);
  }
}
