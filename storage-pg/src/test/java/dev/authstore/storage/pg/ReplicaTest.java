package dev.authstore.storage.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.authstore.storage.ReadOnlyException;
import dev.authstore.storage.SchemaMismatchException;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.StorageUnavailableException;
import dev.authstore.storage.TransactionConflictException;
import dev.authstore.storage.pg.internal.Connections;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who is asked; nobody is connected. */
class ReplicaTest {
  private final SQLException cause = new SQLException("refused", "08001");
  private final StorageException gone =
      new StorageUnavailableException(StorageUnavailableException.Reason.NETWORK, cause);

  private final Connections primary = operation -> refused();
  private final Connections connections = operation -> refused();
  private final List<String> asked = new ArrayList<>();
  private long now = Long.MAX_VALUE; // it may overflow
  private final Replica replica = new Replica(connections, () -> now);

  @Test
  void isLeftAloneAfterItFailed() {
    read(gone);
    read(gone);
    pass(Duration.ofMillis(4999));
    read(gone);

    assertThat(asked).containsExactly("replica", "primary", "primary", "primary");
  }

  @Test
  void isTriedOnceInAWhile() {
    read(gone);
    asked.clear();
    pass(Duration.ofMillis(5001));

    read(gone);
    read(gone);

    assertThat(asked).containsExactly("replica", "primary", "primary");
  }

  @Test
  void isAskedAgainOnceItAnswers() {
    read(gone);
    asked.clear();
    pass(Duration.ofMillis(5001));

    replica.read(primary, this::note);
    replica.read(primary, this::note);

    assertThat(asked).containsExactly("replica", "replica");
  }

  @Test
  void isNotBlamedForReplay() {
    StorageException cutOff =
        new TransactionConflictException(TransactionConflictException.Kind.SERIALIZATION, cause);

    read(cutOff);
    read(cutOff);

    assertThat(asked).containsExactly("replica", "primary", "replica", "primary");
  }

  @Test
  void givesWayWhereItLacksTheTables() {
    read(new SchemaMismatchException("no such table", cause));

    assertThat(asked).containsExactly("replica", "primary");
  }

  @Test
  void hasTheLastWordOnMistakes() {
    assertThatThrownBy(() -> read(new ReadOnlyException("user.lock")))
        .isInstanceOf(ReadOnlyException.class);

    assertThat(asked).containsExactly("replica");
  }

  private void read(StorageException failure) {
    replica.<String>read(
        primary,
        source -> {
          String server = note(source);
          if (server.equals("replica")) {
            throw failure;
          }
          return server;
        });
  }

  private String note(Connections source) {
    String server = source == connections ? "replica" : "primary";
    asked.add(server);
    return server;
  }

  private void pass(Duration time) {
    now += time.toNanos();
  }

  private Connection refused() throws SQLException {
    throw cause;
  }
}
