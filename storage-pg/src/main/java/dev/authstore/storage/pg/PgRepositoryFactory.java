package dev.authstore.storage.pg;

import dev.authstore.model.IdGenerator;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.Repository;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.StorageInternalException;
import dev.authstore.storage.StorageSettings;
import dev.authstore.storage.pg.internal.Connections;
import dev.authstore.storage.pg.internal.Schema;
import dev.authstore.storage.pg.internal.UnitOfWork;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;

final class PgRepositoryFactory implements RepositoryFactory {
  private static final int MAX_RUNS = 3;
  private static final int MIN_PAUSE_MILLIS = 20;
  private static final int MAX_PAUSE_MILLIS = 200;

  private final Connections connections;
  private final Optional<Replica> replica;
  private final Map<String, Schema> schemas;
  private final Schema schema;
  private final StorageSettings settings;
  private final IdGenerator ids;

  PgRepositoryFactory(
      Connections connections, Optional<Replica> replica, String schema, StorageSettings settings) {
    this.connections = connections;
    this.replica = replica;
    this.schemas = new ConcurrentHashMap<>();
    this.schema = schemas.computeIfAbsent(schema, Schema::new);
    this.settings = settings;
    this.ids = new IdGenerator(settings.random());
  }

  private PgRepositoryFactory(PgRepositoryFactory other, String schema) {
    this.connections = other.connections;
    this.replica = other.replica;
    this.schemas = other.schemas;
    this.schema = schemas.computeIfAbsent(schema, Schema::new);
    this.settings = other.settings;
    this.ids = other.ids;
  }

  @Override
  public Repository begin() {
    return repository(UnitOfWork.Mode.TRANSACTION, connections);
  }

  @Override
  public <T> T call(Function<? super RepositoryAccess, ? extends T> work) {
    for (int run = 1; ; run++) {
      try (Repository repo = begin()) {
        return saved(repo, work);
      } catch (StorageException e) {
        if (!e.retryable() || run == MAX_RUNS || !paused()) {
          throw e;
        }
      }
    }
  }

  @Override
  public void run(Consumer<? super RepositoryAccess> work) {
    call(
        repo -> {
          work.accept(repo);
          return repo;
        });
  }

  @Override
  public <T> T read(Function<? super RepositoryAccess, ? extends T> work) {
    return read(connections, work);
  }

  @Override
  public <T> T readReplica(Function<? super RepositoryAccess, ? extends T> work) {
    return replica.isEmpty()
        ? read(work)
        : replica.get().<T>read(connections, source -> read(source, work));
  }

  @Override
  public <T> T direct(Function<? super RepositoryAccess, ? extends T> work) {
    try (PgRepository repo = repository(UnitOfWork.Mode.DIRECT, connections)) {
      return work.apply(repo);
    }
  }

  @Override
  public RepositoryAccess join(Connection connection) {
    try {
      if (connection.getAutoCommit()) {
        throw new InvalidInputException("the connection is in auto-commit mode");
      }
    } catch (SQLException e) {
      throw new StorageInternalException("the connection cannot be joined", e);
    }
    return repository(UnitOfWork.Mode.JOINED, operation -> connection);
  }

  @Override
  public RepositoryFactory inSchema(String name) {
    return new PgRepositoryFactory(this, name);
  }

  private <T> T read(Connections source, Function<? super RepositoryAccess, ? extends T> work) {
    try (PgRepository repo = repository(UnitOfWork.Mode.READ, source)) {
      return work.apply(repo);
    }
  }

  private PgRepository repository(UnitOfWork.Mode mode, Connections source) {
    return new PgRepository(new UnitOfWork(mode, schema, source, settings, ids));
  }

  // Work that throws has not forgotten to save.
  private static <T> T saved(
      Repository repo, Function<? super RepositoryAccess, ? extends T> work) {
    boolean done = false;
    try {
      T result = work.apply(repo);
      repo.save();
      done = true;
      return result;
    } finally {
      if (!done) {
        repo.cancel();
      }
    }
  }

  /** Whether the pause was not cut short by an interrupt, which the caller must then see. */
  private boolean paused() {
    try {
      TimeUnit.MILLISECONDS.sleep(
          settings.random().nextInt(MIN_PAUSE_MILLIS, MAX_PAUSE_MILLIS + 1));
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
