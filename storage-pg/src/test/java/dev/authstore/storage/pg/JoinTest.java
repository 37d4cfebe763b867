package dev.authstore.storage.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.authstore.model.user.User;
import dev.authstore.storage.ConstraintViolationException;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.UnitOfWorkException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class JoinTest {
  @RegisterExtension final Store store = Store.fresh();

  @BeforeEach
  void createATableOfTheApplication() {
    store.sql("CREATE TABLE public.mine (id int)");
  }

  @Test
  void commitsBothTogether() throws SQLException {
    try (Connection connection = transaction()) {
      insert(connection);
      store.repositories().join(connection).users().add("john");
      assertThat(users() + mine()).isZero();

      connection.commit();
    }

    assertThat(users()).isOne();
    assertThat(mine()).isOne();
  }

  @Test
  void rollsBackBothTogether() throws SQLException {
    try (Connection connection = transaction()) {
      store.repositories().join(connection).users().add("john");
      insert(connection);

      connection.rollback();
    }

    assertThat(users() + mine()).isZero();
  }

  @Test
  void seesWhatTheTransactionHasDone() throws SQLException {
    try (Connection connection = transaction()) {
      User john = store.repositories().join(connection).users().add("john");

      Optional<User> seen = store.repositories().join(connection).users().lookup(john.id());

      assertThat(seen).contains(john);
      connection.rollback();
    }
  }

  @Test
  void leavesTheConnectionOpenAndTheTransactionToItsOwner() throws SQLException {
    try (Connection connection = transaction()) {
      RepositoryAccess joined = store.repositories().join(connection);
      store.statements();
      joined.users().add("john");

      assertThat(store.statements()).hasSize(1);
      assertThat(connection.isClosed()).isFalse();
      assertThat(connection.getAutoCommit()).isFalse();
      connection.rollback();
    }
  }

  @Test
  void holdsLocksForTheOwner() throws SQLException {
    User john = store.write(repo -> repo.users().add("john"));
    try (Connection connection = transaction()) {
      store.repositories().join(connection).users().acquireLockForSync(john);

      assertThat(advisoryLocks()).isOne();

      connection.rollback();
      assertThat(advisoryLocks()).isZero();
    }
  }

  @Test
  void failsAfterAFailedStatement() throws SQLException {
    try (Connection connection = transaction()) {
      RepositoryAccess joined = store.repositories().join(connection);
      String failing =
          "INSERT INTO authstore.users (id, username, username_folded, created_at)"
              + " VALUES (gen_random_uuid(), '', '', now())";

      assertThatThrownBy(() -> ((PgRepository) joined).dsl().execute(failing))
          .isInstanceOf(ConstraintViolationException.class);

      assertThatThrownBy(() -> joined.users().exists("john"))
          .isInstanceOfSatisfying(
              UnitOfWorkException.class,
              e -> assertThat(e.kind()).isEqualTo(UnitOfWorkException.Kind.FAILED));
      connection.rollback();
    }
  }

  @Test
  void refusesAConnectionInAutoCommitMode() throws SQLException {
    try (Connection connection = store.dataSource().getConnection()) {
      assertThatThrownBy(() -> store.repositories().join(connection))
          .isInstanceOf(InvalidInputException.class);
    }
  }

  private Connection transaction() throws SQLException {
    Connection connection = store.dataSource().getConnection();
    connection.setAutoCommit(false);
    return connection;
  }

  private static void insert(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("INSERT INTO public.mine VALUES (1)");
    }
  }

  private int users() {
    return store.select("SELECT id FROM users").size();
  }

  private int mine() {
    return store.select("SELECT id FROM public.mine").size();
  }

  private int advisoryLocks() {
    return store
        .select(
            "SELECT mode FROM pg_locks WHERE locktype = 'advisory'"
                + " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())")
        .size();
  }
}
