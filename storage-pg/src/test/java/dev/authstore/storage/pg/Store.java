package dev.authstore.storage.pg;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.authstore.database.DatabaseConfig;
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
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.TestStorage;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The published {@link TestStorage}, with what tests of the repositories themselves ask often. */
public final class Store implements BeforeEachCallback, AfterEachCallback {
  private final TestStorage storage;

  private Store(TestStorage storage) {
    this.storage = storage;
  }

  /** With a clock that stands still. */
  public static Store fresh() {
    return with(MutableClock.standing());
  }

  public static Store with(MutableClock clock) {
    return new Store(TestStorage.of(Authstore::using, Authstore::repositories).clock(clock));
  }

  public MutableClock clock() {
    return storage.clock();
  }

  /** The time of the clock, as the database keeps it. */
  public Instant now() {
    return clock().instant().truncatedTo(ChronoUnit.MICROS);
  }

  public DataSource dataSource() {
    return storage.database().dataSource();
  }

  /** As another role, which needs no password. */
  public DataSource dataSourceAs(String role) {
    return DatabaseConfig.of(url().replaceFirst("//[^@]+@", "//" + role + "@")).dataSource();
  }

  public String schema() {
    return storage.database().schema();
  }

  public String url() {
    return storage.database().url();
  }

  public RepositoryFactory repositories() {
    return storage.repositories();
  }

  public StorageSettings settings() {
    return storage.settings();
  }

  public <T> T write(Function<? super RepositoryAccess, ? extends T> work) {
    return storage.<T>write(work);
  }

  public void run(Consumer<? super RepositoryAccess> work) {
    storage.run(work);
  }

  public <T> T read(Function<? super RepositoryAccess, ? extends T> work) {
    return storage.<T>read(work);
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

  /** That work which waited for another is refused in the end. */
  public static void assertRefused(Future<?> work, StateReason reason) {
    assertThatThrownBy(() -> work.get(20, SECONDS))
        .cause()
        .isInstanceOfSatisfying(
            InvalidStateException.class, refusal -> assertThat(refusal.reason()).isEqualTo(reason));
  }

  public <T> Held<T> hold(Function<? super RepositoryAccess, ? extends T> work) {
    return new Held<>(storage.<T>hold(work));
  }

  public <T> Future<T> start(Function<? super RepositoryAccess, ? extends T> work) {
    return storage.<T>start(work);
  }

  public void awaitBlocked(int sessions) {
    storage.awaitBlocked(sessions);
  }

  public List<StorageObserver.Statement> statements() {
    return storage.statements();
  }

  public List<List<String>> abandoned() {
    return storage.abandoned();
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
    storage.beforeEach(context);
  }

  @Override
  public void afterEach(ExtensionContext context) {
    storage.afterEach(context);
  }

  private Connection connection() throws SQLException {
    Connection connection = dataSource().getConnection();
    connection.setSchema(schema());
    return connection;
  }

  /** A unit of work in the middle. */
  public record Held<T>(TestStorage.Held<T> held) {

    public T result() {
      return held.result();
    }

    public RepositoryAccess repo() {
      return held.repo();
    }

    public void save() {
      held.save();
    }

    public void cancel() {
      held.cancel();
    }
  }
}
