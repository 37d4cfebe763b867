package dev.authstore.storage.pg.user;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.authstore.model.user.User;
import dev.authstore.model.user.UserEmail;
import dev.authstore.model.user.UserRecoverySession;
import dev.authstore.model.user.UserRecoveryTicket;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.pg.Store;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/** What the tests of recovery have in common. */
final class Recoveries {
  static final String ADDRESS = "john@example.com";

  private final Store store;
  private int serial;

  Recoveries(Store store) {
    this.store = store;
  }

  /** The time as the database keeps it. */
  Instant now() {
    return store.now();
  }

  User user() {
    tick();
    serial++;
    return store.write(repo -> repo.users().add("user " + serial));
  }

  /** An account's entry for {@link #ADDRESS}. */
  UserEmail email() {
    return email(user(), ADDRESS);
  }

  UserEmail email(User user, String address) {
    tick();
    return store.write(repo -> repo.userEmails().add(user, address));
  }

  /** A session for {@link #ADDRESS}. */
  UserRecoverySession session() {
    return session(ADDRESS);
  }

  UserRecoverySession session(String address) {
    tick();
    return store.write(
        repo -> repo.userRecovery().addSession(address, "agent", Optional.empty(), "en"));
  }

  UserRecoveryTicket ticket(UserRecoverySession session, UserEmail email, String ticket) {
    tick();
    return store.write(repo -> repo.userRecovery().addTicket(session, email, ticket));
  }

  UserRecoveryTicket ticket(UserRecoverySession session, UserEmail email) {
    serial++;
    return ticket(session, email, "ticket " + serial);
  }

  UserRecoverySession consume(UserRecoveryTicket ticket, UserRecoverySession session) {
    tick();
    return store.write(repo -> repo.userRecovery().consumeTicket(ticket, session));
  }

  void remove(UserEmail email) {
    store.run(repo -> repo.userEmails().remove(email));
  }

  void remove(UserRecoverySession session) {
    store.sql("DELETE FROM user_recovery_sessions WHERE id = ?", session.id());
  }

  Optional<UserRecoverySession> stored(UserRecoverySession session) {
    return store.read(repo -> repo.userRecovery().lookupSession(session.id()));
  }

  Optional<UserRecoveryTicket> find(String ticket) {
    return store.read(repo -> repo.userRecovery().findTicket(ticket));
  }

  /** Whether a ticket could still be used, going by its row. */
  boolean isActive(UserRecoveryTicket ticket) {
    return List.of("t")
        .equals(
            store.select(
                "SELECT expires_at > ?::timestamptz FROM user_recovery_tickets WHERE id = ?",
                now().toString(),
                ticket.id()));
  }

  /** How many tickets are stored, for whomever. */
  int tickets() {
    return store.select("SELECT id FROM user_recovery_tickets").size();
  }

  /** Work that is refused; the unit of work must go on, and what it writes afterwards be saved. */
  <E extends StorageException> E refusal(Class<E> type, Consumer<RepositoryAccess> work) {
    serial++;
    String witness = "witness " + serial;
    E refusal =
        store.write(
            repo -> {
              E caught = catchThrowableOfType(type, () -> work.accept(repo));
              assertThat(caught).isInstanceOf(type);
              repo.users().add(witness);
              return caught;
            });
    assertThat(store.<Boolean>read(repo -> repo.users().exists(witness))).isTrue();
    return refusal;
  }

  StateReason reason(Consumer<RepositoryAccess> work) {
    return refusal(InvalidStateException.class, work).reason();
  }

  static <T> T get(Future<T> future) throws Exception {
    return future.get(20, SECONDS);
  }

  static void assertRefused(Future<?> future, StateReason reason) {
    assertThatThrownBy(() -> get(future))
        .cause()
        .isInstanceOfSatisfying(
            InvalidStateException.class, refusal -> assertThat(refusal.reason()).isEqualTo(reason));
  }

  /** Ids of different units of work differ by their millisecond. */
  void tick() {
    store.clock().advance(Duration.ofMillis(1));
  }
}
