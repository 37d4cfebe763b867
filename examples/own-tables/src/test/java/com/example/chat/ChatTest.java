package com.example.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.authstore.model.user.User;
import dev.authstore.storage.ConstraintViolationException;
import dev.authstore.storage.StorageObserver;
import dev.authstore.storage.pg.Authstore;
import dev.authstore.testing.TestStorage;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ChatTest {

  @RegisterExtension
  final TestStorage storage =
      TestStorage.of(Authstore::using, Authstore::repositories).schema(ChatSchema.class);

  @Test
  void storesItsRowsTogetherWithTheAccount() {
    Optional<Channel> channel =
        storage.write(repo -> Chat.in(repo).signUp("alice", "a@example.com"));

    User alice = user("alice");
    assertThat(channel)
        .hasValueSatisfying(made -> assertThat(made.ownerId()).isEqualTo(alice.id()));
    assertThat(subjects(alice)).containsExactly("Welcome, alice");
  }

  @Test
  void storesNothingWhenAnyOfItIsRefused() {
    User bob = storage.write(repo -> repo.users().add("bob"));
    User nobody =
        new User(
            new UUID(0, 0),
            "nobody",
            bob.createdAt(),
            Optional.empty(),
            Optional.empty(),
            false,
            false);

    assertThatThrownBy(
            () ->
                storage.run(
                    repo -> {
                      Chat.in(repo).emailLog().add(bob, "Your channel");
                      Chat.in(repo).channels().add(nobody, "haunted");
                    }))
        .isInstanceOfSatisfying(
            ConstraintViolationException.class,
            refusal -> assertThat(refusal.constraint()).contains("channels_owner_id_fk"));

    assertThat(subjects(bob)).isEmpty();
  }

  @Test
  void showsWhoHasWrittenWhat() {
    Channel channel =
        storage.write(repo -> Chat.in(repo).signUp("alice", "a@example.com")).orElseThrow();
    User bob = storage.write(repo -> repo.users().add("bob"));
    for (String text : List.of("one", "two", "three")) {
      storage.clock().advance(Duration.ofSeconds(1));
      storage.write(repo -> Chat.in(repo).channels().say(channel, bob, text));
    }

    List<Message> latest = storage.read(repo -> Chat.in(repo).channels().latest(channel, 2));

    assertThat(latest).extracting(Message::text).containsExactly("two", "three");
    assertThat(latest).extracting(Message::author).containsOnly("bob");
    assertThat(latest.get(1).sentAt()).isEqualTo(storage.clock().instant());
  }

  @Test
  void countsARoundTripForEachStatement() {
    User bob = storage.write(repo -> repo.users().add("bob"));
    storage.statements();

    storage.run(repo -> Chat.in(repo).emailLog().add(bob, "News"));

    assertThat(storage.statements())
        .extracting(StorageObserver.Statement::operation)
        .containsExactly("email_log.add", "save");
  }

  @Test
  void givesANameToOneOfTwoWhoWantItAtTheSameTime() throws Exception {
    User bob = storage.write(repo -> repo.users().add("bob"));

    TestStorage.Held<Optional<Channel>> first =
        storage.hold(repo -> Chat.in(repo).channels().add(bob, "news"));
    Future<Optional<Channel>> second =
        storage.start(repo -> Chat.in(repo).channels().add(bob, "news"));
    storage.awaitBlocked(1);
    first.save();

    assertThat(first.result()).isPresent();
    assertThat(second.get()).isEmpty();
  }

  private User user(String name) {
    return storage.read(repo -> repo.users().findByUsername(name)).orElseThrow();
  }

  private List<String> subjects(User user) {
    return storage.read(repo -> Chat.in(repo).emailLog().subjects(user));
  }
}
