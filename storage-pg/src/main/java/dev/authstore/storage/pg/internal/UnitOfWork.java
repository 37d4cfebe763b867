package dev.authstore.storage.pg.internal;

import dev.authstore.model.IdGenerator;
import dev.authstore.model.Instants;
import dev.authstore.storage.InvalidDataException;
import dev.authstore.storage.ReadOnlyException;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.StorageInternalException;
import dev.authstore.storage.StorageObserver;
import dev.authstore.storage.StorageSettings;
import dev.authstore.storage.UnitOfWorkException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.ResultQuery;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connection of one unit of work and everything that happens on it. Belongs to one thread at a
 * time.
 *
 * <p>It is open until save or cancel end it, or until an operation fails, and then it can only be
 * cancelled. Where no transaction spans the operations ({@link Mode#READ}, {@link Mode#DIRECT}), a
 * failure spoils nothing and it stays open.
 */
public final class UnitOfWork {

  /** Who begins and ends transactions. */
  public enum Mode {
    /** This unit of work: one, from the first statement to save or cancel. */
    TRANSACTION,
    /** The caller, who has lent its connection. */
    JOINED,
    /** Nobody, and operations that write are refused. */
    READ,
    /** Each operation by itself. */
    DIRECT;

    private boolean spansOperations() {
      return this == TRANSACTION || this == JOINED;
    }
  }

  private enum Access {
    READ,
    WRITE,
    ATOMIC,
  }

  private enum State {
    OPEN,
    FAILED,
    ENDED,
  }

  private static final Logger LOG = LoggerFactory.getLogger("authstore.storage");

  private static final Bind[] NO_VALUES = {};

  private final Mode mode;
  private final Schema schema;
  private final Connections connections;
  private final StorageSettings settings;
  private final IdGenerator ids;
  private final boolean observed;
  private final Sql sql = new Sql(this);
  private final AtomicReference<@Nullable Thread> holder = new AtomicReference<>();
  private final List<String> writes = new ArrayList<>();

  private State state = State.OPEN;
  private @Nullable StorageException failure;
  private @Nullable Connection connection;
  private boolean autoCommitBefore;
  private @Nullable DSLContext dsl;
  private String operation = "";
  private Access access = Access.WRITE;

  public UnitOfWork(
      Mode mode,
      Schema schema,
      Connections connections,
      StorageSettings settings,
      IdGenerator ids) {
    this.mode = mode;
    this.schema = schema;
    this.connections = connections;
    this.settings = settings;
    this.ids = ids;
    this.observed = settings.observer() != StorageObserver.NONE;
  }

  /** The time, to the microsecond, as the database keeps it. An operation reads it once. */
  public Instant now() {
    return Instants.truncate(settings.clock().instant());
  }

  /** A new id, from the operation's reading of the clock. */
  public UUID newId(Instant now) {
    return ids.next(now);
  }

  /** What the factory was given. */
  public StorageSettings settings() {
    return settings;
  }

  /** Runs an operation that changes nothing and takes no lock. */
  public <T> T read(String name, Function<? super Sql, ? extends T> body) {
    return run(name, Access.READ, body);
  }

  /** Runs an operation that writes in one statement. */
  public <T> T write(String name, Function<? super Sql, ? extends T> body) {
    return run(name, Access.WRITE, body);
  }

  /**
   * Runs an operation that writes or locks in several statements, which must take effect together.
   */
  public <T> T atomic(String name, Function<? super Sql, ? extends T> body) {
    return run(name, Access.ATOMIC, body);
  }

  /** Reports a row that a list leaves out, since it cannot be read. */
  public void skipped(InvalidDataException row) {
    LOG.warn("left out of {}: {}", operation, row.getMessage());
    settings.observer().skipped(row);
  }

  /** Whether a lock that an operation takes is held until the caller ends a transaction. */
  public boolean keepsLocks() {
    return mode.spansOperations();
  }

  /** Whether it is open and has not needed its connection yet. */
  public boolean isUntouched() {
    return state == State.OPEN && connection == null;
  }

  /** Commits and ends. */
  public void save() {
    enter("save");
    boolean committed = false;
    try {
      requireOpen();
      if (connection != null && mode == Mode.TRANSACTION) {
        commit(connection);
      }
      committed = true;
    } finally {
      try {
        end(committed);
      } finally {
        leave();
      }
    }
  }

  /** Rolls back and ends; nothing if it has ended. */
  public void cancel() {
    enter("cancel");
    try {
      end(false);
    } finally {
      leave();
    }
  }

  /** As {@link #cancel}, and reports writes that were neither saved nor cancelled. */
  public void close() {
    boolean forgotten = state == State.OPEN && !writes.isEmpty();
    cancel();
    if (forgotten) {
      LOG.warn("closed without save or cancel, nothing was stored of {}", writes);
      settings.observer().abandoned(List.copyOf(writes));
    }
  }

  /**
   * Statements rendered at each call; also the caller's own, which then belong to this unit of
   * work.
   */
  public DSLContext dsl() {
    DSLContext current = dsl;
    if (current == null) {
      DslAccess through = new DslAccess(this);
      current = DSL.using(schema.configuration().derive(through).derive(through.listener()));
      dsl = current;
    }
    return current;
  }

  String schema() {
    return schema.name();
  }

  /** Runs a compiled statement and reads all its rows. */
  <T> List<T> execute(Statement<T> statement, Bind... values) {
    RenderedStatement rendered = schema.render(statement);
    List<Values> rows = fetch(rendered, values);
    List<T> read = new ArrayList<>(rows.size());
    for (Values row : rows) {
      read.add(statement.reader().apply(row));
    }
    return read;
  }

  /** Runs a compiled statement with a condition that is rendered for this call. */
  List<Values> execute(Statement<Values> statement, Condition where, Bind... values) {
    return fetch(schema.render(statement).with(schema.render(where)), values);
  }

  /** Runs a statement that is rendered for this call, and gives all its rows. */
  List<Values> execute(ResultQuery<?> query) {
    return fetch(schema.render(query), NO_VALUES);
  }

  /** The connection for a statement about to run, by the thread that may use it. */
  Connection connection() {
    Thread user = holder.get();
    if (user != null && user != Thread.currentThread()) {
      throw new UnitOfWorkException(UnitOfWorkException.Kind.CONCURRENT_USE, null);
    }
    requireOpen();
    Connection current = connection;
    return current == null ? take() : current;
  }

  /** Notes that the database has refused a statement, and what that means. */
  StorageException failed(SQLException e) {
    StorageException meaning = Failures.of(e);
    if (!mode.spansOperations() && Failures.isConnectionLost(e)) {
      discard();
      if (mode == Mode.DIRECT && access == Access.WRITE) {
        return new UnitOfWorkException(UnitOfWorkException.Kind.COMMIT_OUTCOME_UNKNOWN, meaning);
      }
    }
    fail(meaning);
    return meaning;
  }

  long startOfStatement() {
    return observed ? System.nanoTime() : 0;
  }

  void endOfStatement(String text, long start, @Nullable SQLException e) {
    if (observed) {
      Duration elapsed = Duration.ofNanos(System.nanoTime() - start);
      Optional<String> state = Optional.ofNullable(e).map(SQLException::getSQLState);
      settings.observer().statement(new StorageObserver.Statement(operation, text, elapsed, state));
    }
  }

  private <T> T run(String name, Access needed, Function<? super Sql, ? extends T> body) {
    enter(name);
    try {
      requireOpen();
      access = needed;
      if (needed != Access.READ) {
        noteWrite(name);
      }
      return needed == Access.ATOMIC && mode == Mode.DIRECT
          ? inOwnTransaction(body)
          : body.apply(sql);
    } catch (StorageInternalException e) {
      fail(e); // the rows it found must not be committed
      throw e;
    } finally {
      leave();
    }
  }

  private void enter(String name) {
    if (!holder.compareAndSet(null, Thread.currentThread())) {
      throw new UnitOfWorkException(UnitOfWorkException.Kind.CONCURRENT_USE, null);
    }
    operation = name;
  }

  private void leave() {
    operation = ""; // statements between operations belong to none, and may write
    access = Access.WRITE;
    holder.set(null);
  }

  private void requireOpen() {
    switch (state) {
      case OPEN -> {}
      case FAILED -> throw new UnitOfWorkException(UnitOfWorkException.Kind.FAILED, failure);
      case ENDED -> throw new UnitOfWorkException(UnitOfWorkException.Kind.CLOSED, null);
    }
  }

  private void noteWrite(String name) {
    if (mode == Mode.READ) {
      throw new ReadOnlyException(name);
    }
    if (mode == Mode.TRANSACTION) {
      writes.add(name);
    }
  }

  private <T> T inOwnTransaction(Function<? super Sql, ? extends T> body) {
    Connection own = connection();
    autoCommit(own, false);
    boolean committed = false;
    try {
      T result = body.apply(sql);
      commit(own);
      committed = true;
      return result;
    } finally {
      try {
        if (!committed) {
          rollBack(own);
        }
      } finally {
        if (connection != null) {
          autoCommit(own, true);
        }
      }
    }
  }

  private List<Values> fetch(RenderedStatement rendered, Bind[] values) {
    Connection current = connection();
    long start = startOfStatement();
    SQLException failed = null;
    try (PreparedStatement prepared = current.prepareStatement(rendered.sql())) {
      rendered.bind(prepared, values);
      try (ResultSet results = prepared.executeQuery()) {
        return rendered.read(results);
      }
    } catch (SQLException e) {
      failed = e;
      throw failed(e);
    } finally {
      endOfStatement(rendered.sql(), start, failed);
    }
  }

  private Connection take() {
    try {
      Connection taken = connections.take(operation);
      connection = taken; // to be given back, even if it turns out to be of no use
      autoCommitBefore = taken.getAutoCommit();
      if (mode != Mode.JOINED) {
        taken.setAutoCommit(mode != Mode.TRANSACTION);
      }
      return taken;
    } catch (SQLException e) {
      StorageException meaning = Failures.of(e);
      fail(meaning);
      throw meaning;
    }
  }

  private void commit(Connection current) {
    long start = startOfStatement();
    SQLException failed = null;
    try {
      current.commit();
    } catch (SQLException e) {
      failed = e;
      StorageException meaning = Failures.of(e);
      throw Failures.isConnectionLost(e)
          ? new UnitOfWorkException(UnitOfWorkException.Kind.COMMIT_OUTCOME_UNKNOWN, meaning)
          : meaning;
    } finally {
      endOfStatement("COMMIT", start, failed);
    }
  }

  private void rollBack(Connection current) {
    long start = startOfStatement();
    SQLException failed = null;
    try {
      current.rollback();
    } catch (SQLException e) {
      failed = e;
      discard();
    } finally {
      endOfStatement("ROLLBACK", start, failed);
    }
  }

  private void autoCommit(Connection current, boolean on) {
    try {
      current.setAutoCommit(on);
    } catch (SQLException e) {
      throw failed(e);
    }
  }

  private void fail(StorageException e) {
    if (mode.spansOperations() && state == State.OPEN) {
      state = State.FAILED;
      failure = e;
    }
  }

  private void end(boolean committed) {
    try {
      if (connection != null && mode == Mode.TRANSACTION && !committed) {
        rollBack(connection);
      }
    } finally { // an observer that throws must not cost a connection
      state = State.ENDED;
      release();
    }
  }

  private void release() {
    Connection current = connection;
    connection = null;
    if (current != null && mode != Mode.JOINED) {
      try {
        try {
          current.setAutoCommit(autoCommitBefore);
        } finally {
          connections.giveBack(current);
        }
      } catch (SQLException e) {
        LOG.debug("connection could not be given back", e);
      }
    }
  }

  // Nothing is known about the connection any more, so nobody else may get it.
  private void discard() {
    Connection current = connection;
    connection = null;
    if (current != null && mode != Mode.JOINED) {
      try {
        try {
          current.abort(Runnable::run);
        } finally {
          connections.giveBack(current);
        }
      } catch (SQLException e) {
        LOG.debug("connection could not be discarded", e);
      }
    }
  }
}
