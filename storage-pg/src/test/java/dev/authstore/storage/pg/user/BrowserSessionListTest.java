package dev.authstore.storage.pg.user;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.authstore.model.SessionActivity;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.page.TimeRange;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.user.BrowserSessionFilter;
import dev.authstore.testing.MutableClock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class BrowserSessionListTest {
  private static final BrowserSessionFilter ALL = BrowserSessionFilter.all();

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());
  private final BrowserSessions browsers = new BrowserSessions(store);

  @Nested
  class ListAndCount {
    @Test
    void visitEverySessionOnceInBothDirections() {
      List<User> users =
          List.of(browsers.user("john"), browsers.user("jane"), browsers.user("jim"));
      List<BrowserSession> sessions = new ArrayList<>();
      for (int i = 0; i < 21; i++) {
        sessions.add(browsers.session(users.get(i % 3)));
      }

      for (int size : List.of(1, 2, 3, 4, 21, 22)) {
        List<BrowserSession> forward = walkForward(ALL, size);
        List<BrowserSession> backward = walkBackward(ALL, size);

        assertThat(forward).as("forward by %d", size).containsExactlyElementsOf(sessions);
        assertThat(backward).as("backward by %d", size).containsExactlyElementsOf(sessions);
      }
    }

    @Test
    void walkThroughTheSessionsOfOneUserByTheirOwnIds() {
      User john = browsers.user("john");
      User jane = browsers.user("jane");
      List<BrowserSession> johns = new ArrayList<>();
      for (int i = 0; i < 7; i++) {
        johns.add(browsers.session(john));
        browsers.session(jane);
      }

      List<BrowserSession> walked = walkForward(ALL.user(john.id()), 2);

      assertThat(walked).containsExactlyElementsOf(johns);
    }

    @Test
    void walkThrough2500SessionsOfOneUserInPagesOf1000() {
      User john = browsers.user("john");
      store.sql(
          """
          INSERT INTO browser_sessions (id, user_id, created_at)
          SELECT gen_random_uuid(), ?, '2022-01-16T14:40:00Z' FROM generate_series(1, 2500)
          """,
          john.id());
      List<String> ids = store.select("SELECT id FROM browser_sessions ORDER BY id");

      List<BrowserSession> forward = walkForward(ALL.user(john.id()), 1000);
      List<BrowserSession> backward = walkBackward(ALL.user(john.id()), 1000);

      assertThat(forward).extracting(session -> session.id().toString()).isEqualTo(ids);
      assertThat(backward).isEqualTo(forward);
    }

    @Test
    void tellWhetherThereIsMore() {
      browsers.sessions(browsers.user("john"), 3);

      Page<BrowserSession> two = page(ALL, Pagination.first(2));
      Page<BrowserSession> three = page(ALL, Pagination.first(3));
      Page<BrowserSession> lastTwo = page(ALL, Pagination.last(2));

      assertThat(two.hasNextPage()).isTrue();
      assertThat(three.hasNextPage()).isFalse();
      assertThat(lastTwo.hasPreviousPage()).isTrue();
      assertThat(lastTwo.hasNextPage()).isFalse();
    }

    @Test
    void goOnFromACursorWhoseSessionIsGone() {
      List<BrowserSession> sessions = browsers.sessions(browsers.user("john"), 3);
      browsers.remove(sessions.get(1));

      Page<BrowserSession> rest = page(ALL, Pagination.first(5).after(sessions.get(1).id()));

      assertThat(rest.nodes()).containsExactly(sessions.get(2));
    }

    @Test
    void separateActiveFromFinishedByUser() {
      User john = browsers.user("john");
      User jane = browsers.user("jane");
      browsers.sessions(john, 5);
      browsers.sessions(jane, 5);
      BrowserSession ended = browsers.finished(browsers.session(john));

      Page<BrowserSession> page = page(ALL.user(john.id()).active(false), Pagination.first(10));

      assertThat(page.nodes()).containsExactly(ended);
      assertThat(browsers.counts(ALL.user(john.id()))).containsExactly(6L, 5L, 1L);
      assertThat(browsers.counts(ALL.user(jane.id()))).containsExactly(5L, 5L, 0L);
      assertThat(browsers.counts(ALL)).containsExactly(11L, 10L, 1L);
    }

    @Test
    void findTheSessionsCreatedBeforeAndAfter() {
      Instant start = store.clock().instant();
      User john = browsers.user("john");
      List<BrowserSession> sessions = new ArrayList<>();
      for (int minute : List.of(0, 1, 3)) {
        store.clock().set(start.plus(ofMinutes(minute)));
        sessions.add(store.write(repo -> repo.browserSessions().add(john, Optional.empty())));
      }
      Instant cutoff = start.plus(ofMinutes(2));

      List<BrowserSession> before = all(ALL.created(TimeRange.before(cutoff)));
      List<BrowserSession> after = all(ALL.created(TimeRange.after(cutoff)));

      assertThat(before).isEqualTo(sessions.subList(0, 2));
      assertThat(after).isEqualTo(sessions.subList(2, 3));
    }

    @Test
    void excludeASessionCreatedInTheMillisecondOfABound() {
      BrowserSession session = browsers.session(browsers.user("john"));
      Instant created = session.createdAt();
      Instant sameMillisecond = created.truncatedTo(ChronoUnit.MILLIS);

      for (Instant bound : List.of(created, sameMillisecond, created.minus(1, ChronoUnit.MICROS))) {
        List<BrowserSession> before = all(ALL.created(TimeRange.before(bound)));
        List<BrowserSession> after = all(ALL.created(TimeRange.after(bound)));

        assertThat(before).as("before %s", bound).isEmpty();
        assertThat(after).as("after %s", bound).isEmpty();
      }
    }

    @Test
    void includeASessionCreatedInTheNextMillisecond() {
      BrowserSession session = browsers.session(browsers.user("john"));

      List<BrowserSession> between =
          all(
              ALL.created(
                  TimeRange.between(
                      session.createdAt().minus(ofMillis(1)),
                      session.createdAt().plus(ofMillis(1)))));

      assertThat(between).containsExactly(session);
    }

    @Test
    void findTheSessionsActiveBeforeAndAfter() {
      User john = browsers.user("john");
      Instant noon = Instant.parse("2022-01-17T12:00:00Z");
      List<BrowserSession> sessions = browsers.sessions(john, 3);
      recordActivity(sessions.get(0), noon.minus(1, ChronoUnit.MICROS));
      recordActivity(sessions.get(1), noon);
      recordActivity(sessions.get(2), noon.plus(1, ChronoUnit.MICROS));

      List<UUID> before = ids(ALL.lastActive(TimeRange.before(noon)));
      List<UUID> after = ids(ALL.lastActive(TimeRange.after(noon)));

      assertThat(before).containsExactly(sessions.get(0).id());
      assertThat(after).containsExactly(sessions.get(2).id());
    }

    @Test
    void leaveSessionsWithoutActivityOutOfBothSides() {
      browsers.session(browsers.user("john"));
      Instant past = Instant.parse("0001-01-01T00:00:00Z");
      Instant future = Instant.parse("9999-12-31T00:00:00Z");

      long before = browsers.count(ALL.lastActive(TimeRange.before(future)));
      long after = browsers.count(ALL.lastActive(TimeRange.after(past)));

      assertThat(before).isZero();
      assertThat(after).isZero();
    }

    @Test
    void judgeInactivityWithoutActivityByCreation() {
      BrowserSession session = browsers.session(browsers.user("john"));
      Instant created = session.createdAt();

      List<UUID> atCreation = ids(ALL.inactiveSince(created));
      List<UUID> later = ids(ALL.inactiveSince(created.plus(1, ChronoUnit.MICROS)));

      assertThat(atCreation).isEmpty();
      assertThat(later).containsExactly(session.id());
    }

    @Test
    void judgeInactivityByTheLastActivity() {
      BrowserSession session = browsers.session(browsers.user("john"));
      Instant used = session.createdAt().plus(Duration.ofDays(2));
      recordActivity(session, used);

      List<UUID> before = ids(ALL.inactiveSince(used));
      List<UUID> after = ids(ALL.inactiveSince(used.plus(1, ChronoUnit.MICROS)));

      assertThat(before).isEmpty();
      assertThat(after).containsExactly(session.id());
    }

    @Test
    void refuseAnInstantThatCannotBeStored() {
      assertThatThrownBy(() -> ALL.inactiveSince(Instant.MAX))
          .isInstanceOf(InvalidInputException.class);
    }

    @Test
    void askNothingWhenNoIdLiesBetweenTheBounds() {
      List<BrowserSession> sessions = browsers.sessions(browsers.user("john"), 2);
      store.statements();

      Page<BrowserSession> page =
          page(ALL, Pagination.first(5).after(sessions.get(1).id()).before(sessions.get(0).id()));

      assertThat(page).isEqualTo(Page.empty());
      assertThat(store.statements()).isEmpty();
    }
  }

  private void recordActivity(BrowserSession session, Instant at) {
    SessionActivity activity = new SessionActivity(session.id(), at, Optional.empty());
    store.run(repo -> repo.browserSessions().recordBatchActivity(List.of(activity)));
  }

  private Page<BrowserSession> page(BrowserSessionFilter filter, Pagination pagination) {
    return store.read(repo -> repo.browserSessions().list(filter, pagination));
  }

  private List<BrowserSession> all(BrowserSessionFilter filter) {
    List<BrowserSession> nodes = page(filter, Pagination.first(Pagination.MAX_COUNT)).nodes();
    assertThat(browsers.count(filter)).isEqualTo(nodes.size());
    return nodes;
  }

  private List<UUID> ids(BrowserSessionFilter filter) {
    return all(filter).stream().map(BrowserSession::id).toList();
  }

  private List<BrowserSession> walkForward(BrowserSessionFilter filter, int size) {
    List<BrowserSession> seen = new ArrayList<>();
    Page<BrowserSession> page = page(filter, Pagination.first(size));
    seen.addAll(checked(page));
    while (page.hasNextPage()) {
      page = page(filter, Pagination.first(size).after(page.lastCursor().orElseThrow()));
      seen.addAll(checked(page));
    }
    return seen;
  }

  private List<BrowserSession> walkBackward(BrowserSessionFilter filter, int size) {
    List<BrowserSession> seen = new ArrayList<>();
    Page<BrowserSession> page = page(filter, Pagination.last(size));
    seen.addAll(0, checked(page));
    while (page.hasPreviousPage()) {
      page = page(filter, Pagination.last(size).before(page.firstCursor().orElseThrow()));
      seen.addAll(0, checked(page));
    }
    return seen;
  }

  private static List<BrowserSession> checked(Page<BrowserSession> page) {
    assertThat(page.edges()).isNotEmpty().allMatch(edge -> edge.cursor().equals(edge.node().id()));
    return page.nodes();
  }
}
