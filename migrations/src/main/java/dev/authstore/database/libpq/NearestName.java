package dev.authstore.database.libpq;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Guesses what a misspelt name was meant to be. */
public final class NearestName {

  private static final int FARTHEST = 2;

  private NearestName() {}

  /** The known name that is at most two insertions, deletions or replacements away. */
  public static Optional<String> of(String name, Collection<String> known) {
    return known.stream()
        .filter(candidate -> Math.abs(candidate.length() - name.length()) <= FARTHEST)
        .filter(candidate -> distance(name, candidate) <= FARTHEST)
        .min(Comparator.comparingInt((String candidate) -> distance(name, candidate)));
  }

  private static int distance(String from, String to) {
    int[] row = new int[to.length() + 1];
    for (int j = 0; j <= to.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= from.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= to.length(); j++) {
        int replaced = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[to.length()];
  }
}
