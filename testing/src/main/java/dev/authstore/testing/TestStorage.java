package dev.authstore.testing;

import dev.authstore.storage.Repository;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StorageObserver;
import dev.authstore.storage.StorageSettings;
import dev.authstore.storage.queue.QueueSettings;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
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
 * A storage of its own for each test, on a {@link TestDatabase}, with a clock and ids that repeat.
 * Fails a test that forgets to save.
 *
 * <pre>{@code
 * @RegisterExtension
 * final TestStorage storage = TestStorage.of(Authstore::using, Authstore::repositories);
 * }</pre>
 *
 * <p>A race is staged, not hoped for: one contender is held in the middle, the other one begins and
 * is waited for until the server says that it is blocked.
 *
 * <pre>{@code
 * TestStorage.Held<User> first = storage.hold(repo -> repo.users().lock(john));
 * Future<User> second = storage.start(repo -> repo.users().unlock(john));
 * storage.awaitBlocked(1);
 * first.save();
 * }</pre>
 *
 * <p>Each test needs an instance of its own, so the field is not static. An accessor given an
 * argument returns a changed copy.
 */
public final class TestStorage implements BeforeEachCallback, AfterEachCallback {

  private static final long SEED = 42;

  private final Opening<RepositoryFactory> opening;
  private final Class<? extends TestSchema> schema;
  private final MutableClock clock;

  private final TestDatabase database;
  private final List<StorageObserver.Statement> statements = new CopyOnWriteArrayList<>();
  private final List<List<String>> abandoned = new CopyOnWriteArrayList<>();
  private final Queue<Repository> held = new ConcurrentLinkedQueue<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private @Nullable RepositoryFactory repositories;

  /** How a storage is opened on connections of the test's: {@code Authstore::using}. */
  @FunctionalInterface
  public interface Opening<S> {
    S open(DataSource dataSource, String schema, StorageSettings settings);
  }

  private TestStorage(
      Opening<RepositoryFactory> opening, Class<? extends TestSchema> schema, MutableClock clock) {
    this.opening = opening;
    this.schema = schema;
    this.clock = clock;
    this.database = TestDatabase.with(schema);
  }

  /**
   * With a clock that stands still and Authstore's tables only.
   *
   * @param opening how it is opened
   * @param repositories where what was opened has the factory
   */
  public static <S> TestStorage of(
      Opening<S> opening, Function<? super S, RepositoryFactory> repositories) {
    return new TestStorage(
        (dataSource, schema, settings) ->
            repositories.apply(opening.open(dataSource, schema, settings)),
        TestSchema.None.class,
        MutableClock.standing());
  }

  public TestStorage clock(MutableClock value) {
    return new TestStorage(opening, schema, value);
  }

  /** On databases that have what an application adds. */
  public TestStorage schema(Class<? extends TestSchema> value) {
    return new TestStorage(opening, value, clock);
  }

  public MutableClock clock() {
    return clock;
  }

  public TestDatabase database() {
    return database;
  }

  /** The factory of this test. Its units of work open a connection each. */
  public synchronized RepositoryFactory repositories() {
    RepositoryFactory current = repositories;
    if (current == null) {
      current = opening.open(database.dataSource(), database.schema(), settings());
      repositories = current;
    }
    return current;
  }

  /** What the factory is opened with; the clock is also that of the job queue. */
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
   * Runs work in a unit of work that stays open, with all its locks, at most until the test ends.
   */
  public <T> Held<T> hold(Function<? super RepositoryAccess, ? extends T> work) {
    Repository repo = repositories().begin();
    held.add(repo);
    return new Held<>(repo, work.apply(repo));
  }

  /** Runs and saves work in a thread of its own. */
  public <T> Future<T> start(Function<? super RepositoryAccess, ? extends T> work) {
    return threads.submit(() -> repositories().<T>call(work));
  }

  /** Waits until the server reports that so many sessions of this database wait for locks. */
  public void awaitBlocked(int sessions) {
    Backends.awaitBlocked(database.dataSource(), sessions);
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

  @Override
  public void beforeEach(ExtensionContext context) {
    database.beforeEach(context);
  }

  @Override
  public void afterEach(ExtensionContext context) {
    threads.shutdownNow();
    held.forEach(Repository::cancel);
    database.afterEach(context);
    if (!abandoned.isEmpty()) {
      throw new AssertionError("closed without save or cancel: " + abandoned);
    }
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
