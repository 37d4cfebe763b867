package dev.authstore.storage.page;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/**
 * A page of a list, ascending by id.
 *
 * @param hasNextPage going forward, whether there are more elements; going backward, false
 * @param hasPreviousPage going backward, whether there are more elements; going forward, false
 */
public record Page<T>(boolean hasNextPage, boolean hasPreviousPage, List<Edge<T>> edges) {

  public Page {
    edges = List.copyOf(edges);
  }

  /** The page of a list in which nothing lies between the bounds. */
  public static <T> Page<T> empty() {
    return new Page<>(false, false, List.of());
  }

  public List<T> nodes() {
    return edges.stream().map(Edge::node).toList();
  }

  /** Where the next page forward begins. */
  public Optional<UUID> lastCursor() {
    return edges.isEmpty() ? Optional.empty() : Optional.of(edges.get(edges.size() - 1).cursor());
  }

  /** Where the next page backward ends. */
  public Optional<UUID> firstCursor() {
    return edges.isEmpty() ? Optional.empty() : Optional.of(edges.get(0).cursor());
  }

  /** The same page of something else, under the same cursors. */
  public <R> Page<R> map(Function<? super T, ? extends R> mapper) {
    return new Page<>(
        hasNextPage,
        hasPreviousPage,
        edges.stream().map(edge -> new Edge<R>(edge.cursor(), mapper.apply(edge.node()))).toList());
  }
}
