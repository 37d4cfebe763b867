package dev.authstore.storage.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;
import static org.junit.platform.testkit.engine.EventConditions.event;
import static org.junit.platform.testkit.engine.EventConditions.finishedWithFailure;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.message;

import dev.authstore.model.user.User;
import dev.authstore.storage.Repository;
import dev.authstore.testing.TestStorage;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Events;

/** The published extension, as an application uses it. */
class TestStorageTest {
  @RegisterExtension
  final TestStorage storage = TestStorage.of(Authstore::using, Authstore::repositories);

  @Test
  void keepsWhatWasWritten() {
    User john = storage.write(repo -> repo.users().add("john"));

    Optional<User> found = storage.read(repo -> repo.users().lookup(john.id()));

    assertThat(found).contains(john);
    assertThat(john.createdAt()).isEqualTo(storage.clock().instant());
  }

  @Test
  void stagesARace() throws ExecutionException, InterruptedException {
    User john = storage.write(repo -> repo.users().add("john"));

    TestStorage.Held<User> first = storage.hold(repo -> repo.users().lock(john));
    Future<User> second = storage.start(repo -> repo.users().unlock(john));
    storage.awaitBlocked(1);
    first.save();

    assertThat(first.result().lockedAt()).isPresent();
    assertThat(second.get().lockedAt()).isEmpty();
  }

  @Test
  void failsATestThatForgetsToSave() {
    Events tests = run("forgetsToSave");

    tests
        .assertThatEvents()
        .haveExactly(
            1, event(finishedWithFailure(message("closed without save or cancel: [[user.add]]"))));
  }

  @Test
  void letsGoOfWhatATestHasLeftHeld() {
    Events tests = run("leavesAUnitOfWorkHeld");

    tests.assertStatistics(statistics -> statistics.succeeded(1));
  }

  private static Events run(String test) {
    return EngineTestKit.engine("junit-jupiter")
        .selectors(selectMethod(Careless.class, test))
        .execute()
        .testEvents();
  }

  static class Careless {
    @RegisterExtension
    final TestStorage storage = TestStorage.of(Authstore::using, Authstore::repositories);

    @Test
    void forgetsToSave() {
      try (Repository repo = storage.repositories().begin()) {
        repo.users().add("john");
      }
    }

    @Test
    void leavesAUnitOfWorkHeld() {
      TestStorage.Held<User> held = storage.hold(repo -> repo.users().add("john"));

      assertThat(held.result().username()).isEqualTo("john");
    }
  }
}
