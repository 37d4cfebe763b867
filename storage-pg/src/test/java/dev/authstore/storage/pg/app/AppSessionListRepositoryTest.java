package dev.authstore.storage.pg.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Device;
import dev.authstore.model.app.AppSession;
import dev.authstore.model.app.AppSession.CompatAppSession;
import dev.authstore.model.app.AppSession.OAuth2AppSession;
import dev.authstore.model.compat.CompatSession;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.personal.PersonalSession;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.app.ActiveSessionCounts;
import dev.authstore.storage.app.AppSessionFilter;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.page.TimeRange;
import dev.authstore.storage.pg.Store;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AppSessionListRepositoryTest {
  private static final AppSessionFilter ALL = AppSessionFilter.all();

  @RegisterExtension final Store store = Store.fresh();

  private final Apps apps = new Apps(store);

  @Nested
  class Listing {
    @Test
    void isEmptyAtFirst() {
      assertThat(apps.list(ALL)).isEmpty();
      assertThat(apps.count(ALL)).isZero();
    }

    @Test
    void putsBothKindsInOneOrder() {
      User user = apps.user();
      AppSession first = of(apps.compat(user));
      AppSession second = of(apps.oauth2(user));
      AppSession third = of(apps.compat(user));

      Page<AppSession> last = page(Pagination.last(1));

      assertThat(apps.list(ALL)).containsExactly(first, second, third);
      assertThat(last.nodes()).containsExactly(third);
      assertThat(last.hasPreviousPage()).isTrue();
    }

    @Test
    void showsWhatTheRepositoriesOfTheKindsShow() {
      User user = apps.user();
      BrowserSession browser = apps.browserSession(user);
      AppSession compat = of(apps.compat(user, Apps.DEVICE, Optional.of(browser)));
      AppSession oauth2 = of(apps.oauth2(user, "a b", Optional.of(browser)));
      apps.use(compat, Instant.parse("2022-01-20T12:00:00Z"));
      apps.use(oauth2, Instant.parse("2022-01-20T12:00:00Z"));
      apps.finish(compat);

      assertThat(apps.list(ALL)).containsExactly(apps.stored(compat), apps.stored(oauth2));
    }

    @Test
    void tellsWhatAllSessionsHave() {
      User user = apps.user();
      CompatSession compat = apps.compat(user);
      OAuth2Session oauth2 = apps.oauth2(user);
      apps.finish(of(oauth2));

      List<AppSession> sessions = apps.list(ALL);

      assertThat(sessions)
          .extracting(AppSession::createdAt)
          .containsExactly(compat.createdAt(), oauth2.createdAt());
      assertThat(sessions).extracting(AppSession::isActive).containsExactly(true, false);
    }

    @Test
    void countsByStage() {
      User user = apps.user();
      AppSession compat = of(apps.compat(user));
      AppSession oauth2 = of(apps.oauth2(user));
      assertCounts(2, 2, 0);

      apps.finish(compat);
      assertCounts(2, 1, 1);

      apps.finish(oauth2);
      assertCounts(2, 0, 2);
    }

    private void assertCounts(long all, long active, long finished) {
      assertThat(
              List.of(apps.count(ALL), apps.count(ALL.active(true)), apps.count(ALL.active(false))))
          .containsExactly(all, active, finished);
      assertThat(apps.list(ALL.active(true))).hasSize((int) active);
      assertThat(apps.list(ALL.active(false))).hasSize((int) finished);
    }
  }

  @Nested
  class Paging {
    private final List<AppSession> sessions = new ArrayList<>();

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 10, 30, 31})
    void isTheSameForwardInPagesOfAnySize(int size) {
      addInterleaved();
      List<AppSession> seen = new ArrayList<>();
      Pagination pagination = Pagination.first(size);
      Page<AppSession> page = page(pagination);
      seen.addAll(page.nodes());
      while (page.hasNextPage()) {
        assertThat(page.edges()).hasSize(size);
        page = page(pagination.after(page.lastCursor().orElseThrow()));
        seen.addAll(page.nodes());
      }

      assertThat(seen).isEqualTo(sessions);
      assertThat(page.hasPreviousPage()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 10, 30, 31})
    void isTheSameBackwardInPagesOfAnySize(int size) {
      addInterleaved();
      List<AppSession> seen = new ArrayList<>();
      Pagination pagination = Pagination.last(size);
      Page<AppSession> page = page(pagination);
      seen.addAll(0, page.nodes());
      while (page.hasPreviousPage()) {
        assertThat(page.edges()).hasSize(size);
        page = page(pagination.before(page.firstCursor().orElseThrow()));
        seen.addAll(0, page.nodes());
      }

      assertThat(seen).isEqualTo(sessions);
      assertThat(page.hasNextPage()).isFalse();
    }

    @Test
    void goesOnFromASessionOfEitherKind() {
      addInterleaved();
      for (int i = 1; i < 29; i++) {
        UUID cursor = sessions.get(i).id();

        assertThat(page(Pagination.first(100).after(cursor)).nodes())
            .isEqualTo(sessions.subList(i + 1, 30));
        assertThat(page(Pagination.last(100).before(cursor)).nodes())
            .isEqualTo(sessions.subList(0, i));
      }
    }

    @Test
    void staysBetweenTwoSessions() {
      addInterleaved();
      Pagination between =
          Pagination.first(3).after(sessions.get(4).id()).before(sessions.get(7).id());

      Page<AppSession> page = page(between);

      assertThat(page.nodes()).isEqualTo(sessions.subList(5, 7));
      assertThat(page.hasNextPage()).isFalse();
    }

    @Test
    void goesOnFromASessionThatIsGone() {
      addInterleaved();
      UUID gone = sessions.get(10).id();
      store.sql("DELETE FROM oauth2_sessions WHERE id = ?", gone);
      store.sql("DELETE FROM compat_sessions WHERE id = ?", gone);

      Page<AppSession> page = page(Pagination.first(5).after(gone));

      assertThat(page.nodes()).isEqualTo(sessions.subList(11, 16));
      assertThat(page.hasNextPage()).isTrue();
    }

    @Test
    void sendsNothingForAPageThatCannotHaveAny() {
      store.statements();

      Page<AppSession> page =
          page(Pagination.first(5).after(new UUID(0, 2)).before(new UUID(0, 1)));

      assertThat(page).isEqualTo(Page.empty());
      assertThat(store.statements()).isEmpty();
    }

    private void addInterleaved() {
      sessions.addAll(apps.interleaved(30));
    }
  }

  @Nested
  class Filtering {
    @Test
    void goesByUser() {
      User john = apps.user();
      User jane = apps.user();
      AppSession compat = of(apps.compat(john));
      AppSession oauth2 = of(apps.oauth2(john));
      apps.compat(jane);
      apps.oauth2(jane);

      assertFound(ALL.user(john.id()), compat, oauth2);
    }

    @Test
    void findsSessionsOfNobodyOnlyWithoutUser() {
      User john = apps.user();
      AppSession ofClient = of(apps.oauth2());

      assertFound(ALL, ofClient);
      assertFound(ALL.user(john.id()));
    }

    @Test
    void goesByBrowserSession() {
      User john = apps.user();
      BrowserSession browser = apps.browserSession(john);
      AppSession compat = of(apps.compat(john, Apps.DEVICE, Optional.of(browser)));
      AppSession oauth2 = of(apps.oauth2(john, "openid", Optional.of(browser)));
      apps.compat(john);
      apps.oauth2(john);

      assertFound(ALL.browserSession(browser.id()), compat, oauth2);
    }

    @Test
    void goesByDeviceInEitherSpelling() {
      User john = apps.user();
      AppSession compat = of(apps.compat(john, Apps.DEVICE, Optional.empty()));
      AppSession stable = of(apps.oauth2(john, "a " + Apps.STABLE, Optional.empty()));
      AppSession unstable = of(apps.oauth2(john, Apps.UNSTABLE, Optional.empty()));
      apps.compat(john);
      apps.oauth2(john);

      assertFound(ALL.device(Apps.DEVICE), compat, stable, unstable);
    }

    @Test
    void findsADeviceThatNoScopeCanNameInTheOlderApiAlone() {
      User john = apps.user();
      Device odd = new Device("dev ice");
      AppSession compat = of(apps.compat(john, odd, Optional.empty()));
      apps.oauth2(john);

      assertFound(ALL.device(odd), compat);
    }

    @Test
    void goesByTheBeginning() {
      User john = apps.user();
      AppSession before = of(apps.compat(john));
      store.clock().advance(Duration.ofMinutes(1));
      Instant cut = store.clock().instant();
      AppSession after = of(apps.oauth2(john));

      assertFound(ALL.created(TimeRange.before(cut)), before);
      assertFound(ALL.created(TimeRange.after(cut)), after);
      assertFound(ALL.created(TimeRange.after(after.createdAt())));
    }

    @Test
    void goesByLastActivity() {
      User john = apps.user();
      AppSession early = of(apps.compat(john));
      AppSession late = of(apps.oauth2(john));
      apps.compat(john); // never used
      apps.oauth2(john);
      Instant noon = Instant.parse("2022-01-20T12:00:00Z");
      apps.use(early, noon);
      apps.use(late, noon.plusSeconds(1));

      assertFound(ALL.lastActive(TimeRange.before(noon.plusSeconds(1))), apps.stored(early));
      assertFound(ALL.lastActive(TimeRange.after(noon)), apps.stored(late));
      assertFound(
          ALL.lastActive(TimeRange.after(noon.minusSeconds(1))),
          apps.stored(early),
          apps.stored(late));
    }

    @Test
    void needsAllCriteria() {
      User john = apps.user();
      AppSession wanted = of(apps.compat(john, Apps.DEVICE, Optional.empty()));
      AppSession ended = of(apps.oauth2(john, Apps.STABLE, Optional.empty()));
      apps.finish(ended);
      apps.oauth2(apps.user(), Apps.STABLE, Optional.empty());
      AppSessionFilter filter = ALL.user(john.id()).device(Apps.DEVICE);

      assertFound(filter.active(true), wanted);
      assertFound(filter.active(false), apps.stored(ended));
    }

    private void assertFound(AppSessionFilter filter, AppSession... expected) {
      assertThat(apps.list(filter)).containsExactly(expected);
      assertThat(apps.count(filter)).isEqualTo(expected.length);
      assertThat(
              store
                  .<Page<AppSession>>read(
                      repo -> repo.appSessions().list(filter, Pagination.last(100)))
                  .nodes())
          .containsExactly(expected);
    }
  }

  @Nested
  class CountForLimiting {
    @Test
    void countsWhatHasNotEnded() {
      User john = apps.user();
      apps.compat(john);
      apps.oauth2(john);
      apps.oauth2(john);
      apps.finish(of(apps.compat(john)));
      apps.finish(of(apps.oauth2(john)));
      apps.compat(apps.user());
      apps.oauth2();

      assertThat(countForLimiting(john)).isEqualTo(new ActiveSessionCounts(2, 1, 0));
      assertThat(countForLimiting(john).total()).isEqualTo(3);
    }

    @Test
    void countsPersonalSessionsThatAUserOwnsAndActsIn() {
      User john = apps.user();
      User jane = apps.user();
      apps.personal(john, john);
      apps.personal(john, jane);
      apps.personal(jane, john);
      PersonalSession ended = apps.personal(john, john);
      store.run(repo -> repo.personalSessions().revoke(ended));

      assertThat(countForLimiting(john)).isEqualTo(new ActiveSessionCounts(0, 0, 1));
    }

    @Test
    void isOneStatement() {
      User john = apps.user();
      store.statements();

      countForLimiting(john);

      assertThat(store.statements()).hasSize(1);
    }

    private ActiveSessionCounts countForLimiting(User user) {
      return store.read(repo -> repo.appSessions().countForLimiting(user));
    }
  }

  private Page<AppSession> page(Pagination pagination) {
    return store.read(repo -> repo.appSessions().list(ALL, pagination));
  }

  private static AppSession of(CompatSession session) {
    return new CompatAppSession(session);
  }

  private static AppSession of(OAuth2Session session) {
    return new OAuth2AppSession(session);
  }
}
