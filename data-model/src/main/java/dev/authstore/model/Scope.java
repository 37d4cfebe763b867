package dev.authstore.model;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** A set of scope tokens (RFC 6749, section 3.3), ascending in byte order, possibly empty. */
public final class Scope {
  /** The scope without tokens. */
  public static final Scope EMPTY = new Scope(List.of());

  private static final String SEPARATOR = " ";

  private final List<ScopeToken> tokens;

  private Scope(List<ScopeToken> tokens) {
    this.tokens = tokens;
  }

  /** The scope of these tokens, each once. */
  public static Scope of(Collection<ScopeToken> tokens) {
    return tokens.isEmpty() ? EMPTY : new Scope(List.copyOf(new TreeSet<>(tokens)));
  }

  /**
   * The scope of these tokens, each once.
   *
   * @throws IllegalArgumentException if one is not a scope token
   */
  public static Scope of(String... tokens) {
    List<ScopeToken> read = new ArrayList<>(tokens.length);
    for (String token : tokens) {
      read.add(new ScopeToken(token));
    }
    return of(read);
  }

  /**
   * Reads a scope as requests carry it: tokens with one blank between them. The empty text is the
   * empty scope.
   *
   * @throws IllegalArgumentException if there is anything else, such as a blank too many
   */
  public static Scope parse(String text) {
    return text.isEmpty() ? EMPTY : of(text.split(SEPARATOR, -1));
  }

  /** Ascending, unmodifiable. */
  public List<ScopeToken> tokens() {
    return tokens;
  }

  public boolean isEmpty() {
    return tokens.isEmpty();
  }

  /** Whether this is one of the tokens; text that is no token is not. */
  public boolean contains(String token) {
    return ScopeToken.isValid(token) && tokens.contains(new ScopeToken(token));
  }

  /** Whether every token of the other scope is in this one. */
  public boolean containsAll(Scope other) {
    return Set.copyOf(tokens).containsAll(other.tokens);
  }

  /** The devices that the tokens name, in either spelling. */
  public Set<Device> devices() {
    return tokens.stream()
        .map(Device::of)
        .flatMap(Optional::stream)
        .collect(Collectors.toUnmodifiableSet());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Scope scope && tokens.equals(scope.tokens);
  }

  @Override
  public int hashCode() {
    return tokens.hashCode();
  }

  /** The tokens with one blank between them, which {@link #parse} reads. */
  @Override
  public String toString() {
    return tokens.stream().map(ScopeToken::value).collect(Collectors.joining(SEPARATOR));
  }
}
