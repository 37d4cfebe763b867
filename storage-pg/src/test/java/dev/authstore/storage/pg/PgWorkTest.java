package dev.authstore.storage.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.authstore.model.user.User;
import dev.authstore.storage.ConstraintViolationException;
import dev.authstore.storage.ReadOnlyException;
import dev.authstore.storage.Repository;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.StorageObserver;
import dev.authstore.storage.UnitOfWorkException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Operations of an application on a table that refers to ours. */
class PgWorkTest {
  @RegisterExtension final Store store = Store.fresh();

  @BeforeEach
  void createATableOfTheApplication() {
    store.sql(
        "CREATE TABLE public.notes (user_id uuid CONSTRAINT notes_user_id_fk REFERENCES authstore.users)");
  }

  @Test
  void takesEffectTogetherWithOurOperations() {
    store.run(
        repo -> {
          User john = repo.users().add("john");
          addNote(repo, john.id());
        });

    assertThat(notes()).isOne();
  }

  @Test
  void isUndoneTogetherWithOurOperations() {
    try (Repository repo = store.repositories().begin()) {
      User john = repo.users().add("john");
      addNote(repo, john.id());
      repo.cancel();
    }

    assertThat(notes()).isZero();
  }

  @Test
  void joinsATransactionOfTheApplication() throws SQLException {
    try (Connection connection = store.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      RepositoryAccess joined = store.repositories().join(connection);
      addNote(joined, joined.users().add("john").id());
      connection.commit();
    }

    assertThat(notes()).isOne();
  }

  @Test
  void isReportedByItsName() {
    store.run(repo -> addNote(repo, repo.users().add("john").id()));

    assertThat(store.statements())
        .extracting(StorageObserver.Statement::operation)
        .containsExactly("user.add", "note.add", "save");
  }

  @Test
  void namesNoStatementOutsideOfIt() {
    store.run(
        repo -> {
          repo.users().exists("john");
          ((PgRepository) repo).dsl().fetch("SELECT 1");
        });

    assertThat(store.statements())
        .extracting(StorageObserver.Statement::operation)
        .containsExactly("user.exists", "", "save");
  }

  @Test
  void failsTheUnitOfWorkWhenItIsRefused() {
    try (Repository repo = store.repositories().begin()) {
      assertThatThrownBy(() -> addNote(repo, new UUID(0, 0)))
          .isInstanceOfSatisfying(
              ConstraintViolationException.class,
              e -> assertThat(e.constraint()).contains("notes_user_id_fk"));

      assertThatThrownBy(() -> repo.users().exists("john"))
          .isInstanceOfSatisfying(
              UnitOfWorkException.class,
              e -> assertThat(e.kind()).isEqualTo(UnitOfWorkException.Kind.FAILED));
      repo.cancel();
    }
  }

  @Test
  void isMissedWhenItsSaveIsForgotten() {
    User john = store.write(repo -> repo.users().add("john"));
    try (Repository repo = store.repositories().begin()) {
      addNote(repo, john.id());
    }

    assertThat(store.abandoned()).containsExactly(List.of("note.add"));
  }

  @Test
  void mayNotWriteWhereOnlyReadingIsAllowed() {
    store.statements();
    store.read(
        repo -> {
          assertThatThrownBy(() -> addNote(repo, new UUID(0, 0)))
              .isInstanceOf(ReadOnlyException.class);
          return repo;
        });

    assertThat(store.statements()).isEmpty();
  }

  @Test
  void takesEffectAsAWholeWhereEachCommitsByItself() {
    User john = store.write(repo -> repo.users().add("john"));

    assertThatThrownBy(
            () ->
                store
                    .repositories()
                    .direct(
                        repo ->
                            PgWork.of(repo)
                                .atomic(
                                    "note.add_both",
                                    dsl ->
                                        dsl.execute(
                                                "INSERT INTO public.notes VALUES (?)", john.id())
                                            + dsl.execute(
                                                "INSERT INTO public.notes VALUES (?)",
                                                new UUID(0, 0)))))
        .isInstanceOf(ConstraintViolationException.class);
    assertThat(notes()).isZero();
  }

  @Test
  void takesTimeAndIdsFromTheFactory() {
    store.read(
        repo -> {
          PgWork work = PgWork.of(repo);

          assertThat(work.now()).isEqualTo(store.clock().instant());
          assertThat(work.newId(work.now())).isLessThan(work.newId(work.now()));
          return repo;
        });
  }

  private static void addNote(RepositoryAccess repo, UUID userId) {
    PgWork.of(repo)
        .write("note.add", dsl -> dsl.execute("INSERT INTO public.notes VALUES (?)", userId));
  }

  private int notes() {
    return store.select("SELECT user_id FROM public.notes").size();
  }
}
