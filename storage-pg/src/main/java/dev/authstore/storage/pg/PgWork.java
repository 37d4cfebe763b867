package dev.authstore.storage.pg;

import dev.authstore.storage.ReadOnlyException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.pg.internal.UnitOfWork;
import java.time.Instant;
import java.util.UUID;
import java.util.function.Function;
import org.jooq.DSLContext;

/**
 * The unit of work as repositories of an application see it: what they do is committed with what
 * ours do, and is guarded, named, counted and refused in the same way. Belongs to one thread at a
 * time, and must not be kept longer than the unit of work.
 *
 * <pre>{@code
 * public Channel add(User owner, String name) {
 *   Instant now = work.now();
 *   UUID id = work.newId(now);
 *   return work.write("channel.add", dsl -> dsl.insertInto(CHANNELS)…);
 * }
 * }</pre>
 *
 * <p>An operation has a name, {@code <aggregate>.<operation>}, by which observers, logs and reports
 * of forgotten saves know it. Its body runs statements and calls no other operation: one that needs
 * others calls them before or after. A statement that the database refuses is reported as a {@link
 * dev.authstore.storage.StorageException} and fails the unit of work; what the body throws by
 * itself leaves it usable.
 *
 * <p>The {@code DSLContext} writes the schema that the factory works in for tables that code was
 * generated for as {@code authstore}; others keep the names that they were generated with. Begin or
 * end no transaction with it, and do not keep it.
 */
public final class PgWork {
  private final UnitOfWork work;

  PgWork(UnitOfWork work) {
    this.work = work;
  }

  /**
   * The unit of work behind what {@code call}, {@code read}, {@code direct}, {@code begin} and
   * {@code join} of the factory give.
   *
   * @throws IllegalArgumentException if that is not of this module
   */
  public static PgWork of(RepositoryAccess repo) {
    if (repo instanceof PgRepository ours) {
      return ours.work();
    }
    throw new IllegalArgumentException("not a unit of work on PostgreSQL");
  }

  /** Runs an operation that changes nothing and takes no lock. */
  public <T> T read(String name, Function<? super DSLContext, ? extends T> body) {
    return work.read(name, sql -> body.apply(sql.dsl()));
  }

  /**
   * Runs an operation that writes in one statement.
   *
   * @throws ReadOnlyException inside {@code read} of the factory, before anything is sent
   */
  public <T> T write(String name, Function<? super DSLContext, ? extends T> body) {
    return work.write(name, sql -> body.apply(sql.dsl()));
  }

  /**
   * Runs an operation that writes or locks in several statements, which take effect together, also
   * inside {@code direct} of the factory.
   *
   * @throws ReadOnlyException inside {@code read} of the factory, before anything is sent
   */
  public <T> T atomic(String name, Function<? super DSLContext, ? extends T> body) {
    return work.atomic(name, sql -> body.apply(sql.dsl()));
  }

  /** The time of the factory's clock, to the microsecond. An operation reads it once. */
  public Instant now() {
    return work.now();
  }

  /** A new id of the factory's, from the operation's reading of the clock. */
  public UUID newId(Instant now) {
    return work.newId(now);
  }
}
