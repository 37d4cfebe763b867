package dev.authstore.storage.pg;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.authstore.storage.ConflictException;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.Repository;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.StorageObserver;
import dev.authstore.storage.StorageSettings;
import dev.authstore.storage.queue.QueueSettings;
import dev.authstore.testing.Backends;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.TestDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * An empty, migrated database and a factory on it, with a clock and ids that repeat. Fails a test
 * that forgets to save.
 */
public final class Store implements BeforeEachCallback, AfterEachCallback {
  private static final long SEED = 42;

  private final TestDatabase database = TestDatabase.fresh();
  private final MutableClock clock;
  private final List<StorageObserver.Statement> statements = new CopyOnWriteArrayList<>();
  private final List<List<String>> abandoned = new CopyOnWriteArrayList<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  private @Nullable RepositoryFactory repositories;

  private Store(MutableClock clock) {
    this.clock = clock;
  }

  /** With a clock that stands still. */
  public static Store fresh() {
    return new Store(MutableClock.standing());
  }

  public static Store with(MutableClock clock) {
    return new Store(clock);
  }

  public MutableClock clock() {
    return clock;
  }

  public DataSource dataSource() {
    return database.dataSource();
  }

  public String schema() {
    return database.schema();
  }

  public String url() {
    return database.url();
  }

  /** The factory of this test. Its units of work open a connection each. */
  public synchronized RepositoryFactory repositories() {
    RepositoryFactory current = repositories;
    if (current == null) {
      current = Authstore.using(dataSource(), schema(), settings()).repositories();
      repositories = current;
    }
    return current;
  }

  public StorageSettings settings() {
    return StorageSettings.defaults()
        .clock(clock)
        .random(new Random(SEED))
        .observer(observer())
        .queue(QueueSettings.defaults().time(QueueSettings.Time.CLOCK));
  }

  /** Runs work in a unit of work and saves. */
  public <T> T write(Function<? super RepositoryAccess, ? extends T> work) {
    return repositories().<T>call(work);
  }

  /** As {@link #write}, for work without a result. */
  public void run(Consumer<? super RepositoryAccess> work) {
    repositories().run(work);
  }

  public <T> T read(Function<? super RepositoryAccess, ? extends T> work) {
    return repositories().<T>read(work);
  }

  /**
   * How work is refused, in a unit of work that is then used and saved: a refusal must leave it
   * usable.
   */
  public StorageException refusal(Consumer<? super RepositoryAccess> work) {
    try (Repository repo = repositories().begin()) {
      StorageException refusal =
          assertThatExceptionOfType(StorageException.class)
              .isThrownBy(() -> work.accept(repo))
              .actual();
      repo.users().exists("anybody");
      repo.save();
      return refusal;
    }
  }

  /** The reason why a stored row refuses work. */
  public StateReason reason(Consumer<? super RepositoryAccess> work) {
    return ((InvalidStateException) refusal(work)).reason();
  }

  /** What work finds taken. */
  public ConflictKind conflict(Consumer<? super RepositoryAccess> work) {
    return ((ConflictException) refusal(work)).kind();
  }

  /** What work finds gone: the aggregate and the id. */
  public String missing(Consumer<? super RepositoryAccess> work) {
    NotFoundException refusal = (NotFoundException) refusal(work);
    return refusal.aggregate() + " " + refusal.id();
  }

  /** Runs work in a unit of work that stays open, with all its locks. */
  public <T> Held<T> hold(Function<? super RepositoryAccess, ? extends T> work) {
    Repository repo = repositories().begin();
    return new Held<>(repo, work.apply(repo));
  }

  /** Runs and saves work in a thread of its own. */
  public <T> Future<T> start(Function<? super RepositoryAccess, ? extends T> work) {
    return threads.submit(() -> repositories().<T>call(work));
  }

  /** Waits until the server reports that so many sessions of this database wait for locks. */
  public void awaitBlocked(int sessions) {
    Backends.awaitBlocked(dataSource(), sessions);
  }

  /**
   * What was sent to the server since the last call of this method, COMMIT and ROLLBACK included.
   */
  public List<StorageObserver.Statement> statements() {
    List<StorageObserver.Statement> sent = List.copyOf(statements);
    statements.clear();
    return sent;
  }

  /** The forgotten saves so far; asking for them forgives them. */
  public List<List<String>> abandoned() {
    List<List<String>> reported = List.copyOf(abandoned);
    abandoned.clear();
    return reported;
  }

  /** Changes rows behind the back of the repositories. Tables are named without their schema. */
  public int sql(String statement, @Nullable Object... values) {
    try (Connection connection = connection();
        PreparedStatement prepared = connection.prepareStatement(statement)) {
      for (int i = 0; i < values.length; i++) {
        prepared.setObject(i + 1, values[i]);
      }
      prepared.execute();
      return prepared.getUpdateCount();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The first column of each row, as text. */
  public List<String> select(String query, @Nullable Object... values) {
    try (Connection connection = connection();
        PreparedStatement prepared = connection.prepareStatement(query)) {
      for (int i = 0; i < values.length; i++) {
        prepared.setObject(i + 1, values[i]);
      }
      List<String> column = new ArrayList<>();
      try (ResultSet results = prepared.executeQuery()) {
        while (results.next()) {
          column.add(results.getString(1));
        }
      }
      return column;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    database.beforeEach(context);
  }

  @Override
  public void afterEach(ExtensionContext context) {
    threads.shutdownNow();
    database.afterEach(context);
    if (!abandoned.isEmpty()) {
      throw new AssertionError("closed without save or cancel: " + abandoned);
    }
  }

  private Connection connection() throws SQLException {
    Connection connection = dataSource().getConnection();
    connection.setSchema(schema());
    return connection;
  }

  private StorageObserver observer() {
    return new StorageObserver() {
      @Override
      public void statement(Statement statement) {
        statements.add(statement);
      }

      @Override
      public void abandoned(List<String> operations) {
        abandoned.add(operations);
      }
    };
  }

  /** A unit of work in the middle. */
  public static final class Held<T> {
    private final Repository repo;
    private final T result;

    private Held(Repository repo, T result) {
      this.repo = repo;
      this.result = result;
    }

    public T result() {
      return result;
    }

    public RepositoryAccess repo() {
      return repo;
    }

    public void save() {
      repo.save();
    }

    public void cancel() {
      repo.cancel();
    }
  }
}
