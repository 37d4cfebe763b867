package dev.authstore.benchmarks;

/** How much a run measures, and how long. */
public enum Form {
  /** Seconds: shows that everything works, and nothing else. */
  SMOKE,
  /** Minutes: what the documentation keeps. */
  SHORT,
  /** Most of an hour: the large sizes too, and the build. */
  FULL;

  /** What a form uses of three. */
  public <T> T choose(T inSmoke, T inShort, T inFull) {
    return switch (this) {
      case SMOKE -> inSmoke;
      case SHORT -> inShort;
      case FULL -> inFull;
    };
  }
}
