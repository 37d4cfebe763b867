package dev.authstore.storage.pg.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Json;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSession;
import dev.authstore.model.upstream.UpstreamOAuthLink;
import dev.authstore.model.upstream.UpstreamOAuthProvider;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.upstream.UpstreamAnswer;
import dev.authstore.storage.upstream.UpstreamOAuthSessionFilter;
import dev.authstore.storage.user.BrowserSessionFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Finding a login by what a logout at the provider names. */
class UpstreamOAuthSessionFilterRepositoryTest {
  private static final UpstreamOAuthSessionFilter ALL = UpstreamOAuthSessionFilter.all();

  @RegisterExtension final Store store = Store.fresh();

  private final Upstreams upstreams = new Upstreams(store);

  @SuppressWarnings("NullAway.Init") // set before each test
  private UpstreamOAuthProvider provider;

  @SuppressWarnings("NullAway.Init") // set before each test
  private UpstreamOAuthLink link;

  @BeforeEach
  void addProviderAndLink() {
    provider = upstreams.provider();
    link = upstreams.link(provider);
  }

  @Nested
  class Claims {
    @Test
    void selectBySubjectAndSession() {
      List<UpstreamOAuthAuthorizationSession> logins = new ArrayList<>();
      for (int i = 0; i < 18; i++) {
        logins.add(completed("sub" + i % 3, "sid" + i % 2));
      }
      UpstreamOAuthProvider other = upstreams.provider();
      UpstreamOAuthAuthorizationSession elsewhere =
          upstreams.completed(
              upstreams.pending(other), upstreams.link(other), Upstreams.answer("sub0", "sid0"));
      UpstreamOAuthAuthorizationSession pending = upstreams.pending(provider);
      List<UpstreamOAuthAuthorizationSession> all = new ArrayList<>(logins);
      all.addAll(List.of(elsewhere, pending));

      assertFound(ALL, all);
      assertFound(ALL.provider(other.id()), List.of(elsewhere));
      assertFound(ALL.sub("sub1"), every(logins, 3, 1));
      assertFound(ALL.sid("sid1"), every(logins, 2, 1));
      assertFound(ALL.sub("sub1").sid("sid1"), every(logins, 6, 1));
      assertFound(ALL.provider(provider.id()).sub("sub0"), every(logins, 3, 0));
      assertFound(ALL.provider(provider.id()).sid("sid0"), every(logins, 2, 0));
      assertFound(ALL.provider(provider.id()).sub("sub2").sid("sid0"), every(logins, 6, 2));
      assertFound(ALL.provider(other.id()).sub("sub0").sid("sid0"), List.of(elsewhere));
      assertFound(ALL.provider(new UUID(0, 1)).sub("sub0"), List.of());
      assertFound(ALL.sub("unknown"), List.of());
      assertFound(ALL.sub("sub"), List.of());
      assertFound(ALL.sub("SUB0"), List.of());
      assertFound(ALL.sub("\u0000"), List.of());
      assertFound(ALL.sid("\ud800"), List.of());
    }

    @Test
    void areComparedAsText() {
      UpstreamOAuthAuthorizationSession number = completed("{\"sub\": 123}");
      UpstreamOAuthAuthorizationSession text = completed("{\"sub\": \"123\"}");
      completed("{\"sub\": \"0123\"}");

      assertFound(ALL.sub("123"), List.of(number, text));
    }

    @Test
    void mayBeEmptyText() {
      UpstreamOAuthAuthorizationSession empty = completed("{\"sub\": \"\", \"sid\": \"\"}");
      completed("{\"sub\": \"sub\"}");

      assertFound(ALL.sub(""), List.of(empty));
      assertFound(ALL.provider(provider.id()).sid(""), List.of(empty));
    }

    @Test
    void matchNothingWhereThereAreNone() {
      upstreams.completed(upstreams.pending(provider), link, UpstreamAnswer.NONE);
      completed("{}");
      completed("{\"sub\": null}");
      completed("[\"sub\"]");
      completed("null");

      assertFound(ALL.sub("null"), List.of());
      assertFound(ALL.sub(""), List.of());
      assertFound(ALL.sub("sub"), List.of());
    }

    @Test
    void stayWhenALoginIsUnlinked() {
      UpstreamOAuthAuthorizationSession login = completed("sub", "sid");
      upstreams.remove(link);

      assertFound(
          ALL.provider(provider.id()).sub("sub").sid("sid"),
          List.of(upstreams.stored(login).orElseThrow()));
    }

    private void assertFound(
        UpstreamOAuthSessionFilter filter, List<UpstreamOAuthAuthorizationSession> expected) {
      List<UpstreamOAuthAuthorizationSession> found =
          store.read(
              repo -> repo.upstreamOAuthSessions().list(filter, Pagination.first(100)).nodes());

      assertThat(found).as("%s", filter).isEqualTo(expected);
      assertThat(store.<Long>read(repo -> repo.upstreamOAuthSessions().count(filter)))
          .as("%s", filter)
          .isEqualTo(expected.size());
    }

    private List<UpstreamOAuthAuthorizationSession> every(
        List<UpstreamOAuthAuthorizationSession> logins, int step, int first) {
      List<UpstreamOAuthAuthorizationSession> chosen = new ArrayList<>();
      for (int i = first; i < logins.size(); i += step) {
        chosen.add(logins.get(i));
      }
      return chosen;
    }
  }

  @Nested
  class WithinTheFilterOfBrowserSessions {
    @Test
    void findTheBrowserSessionOnceTheLoginIsUsed() {
      BrowserSession browserSession = upstreams.browserSession(upstreams.user("john"));
      upstreams.browserSession(browserSession.user());
      UpstreamOAuthAuthorizationSession login = completed("sub", "sid");
      UpstreamOAuthSessionFilter logout = ALL.provider(provider.id()).sub("sub");
      assertThat(linked(logout)).isEmpty();

      upstreams.consumed(login, browserSession);

      assertThat(linked(logout)).containsExactly(browserSession);
      assertThat(linked(logout.sid("other"))).isEmpty();
    }

    @Test
    void findItAlsoWhenTheLinkHasBeenRemoved() {
      BrowserSession browserSession = upstreams.browserSession(upstreams.user("john"));
      upstreams.consumed(completed("sub", "sid"), browserSession);

      upstreams.remove(link);

      assertThat(linked(ALL.provider(provider.id()).sid("sid"))).containsExactly(browserSession);
    }

    @Test
    void endExactlyTheBrowserSessionsOfALogout() {
      BrowserSession one = upstreams.browserSession(upstreams.user("john"));
      BrowserSession two = upstreams.browserSession(one.user());
      upstreams.consumed(completed("sub", "one"), one);
      upstreams.consumed(completed("sub", "two"), two);
      UpstreamOAuthSessionFilter logout = ALL.provider(provider.id()).sub("sub").sid("one");

      int ended =
          store.<Integer>write(
              repo ->
                  repo.browserSessions()
                      .finishBulk(BrowserSessionFilter.all().linkedToUpstreamSessions(logout)));

      assertThat(ended).isOne();
      assertThat(
              store.<Optional<BrowserSession>>read(repo -> repo.browserSessions().lookup(two.id())))
          .contains(two);
    }

    private List<BrowserSession> linked(UpstreamOAuthSessionFilter logins) {
      BrowserSessionFilter filter = BrowserSessionFilter.all().linkedToUpstreamSessions(logins);
      return store.read(repo -> repo.browserSessions().list(filter, Pagination.first(10)).nodes());
    }
  }

  private UpstreamOAuthAuthorizationSession completed(String sub, String sid) {
    return upstreams.completed(upstreams.pending(provider), link, Upstreams.answer(sub, sid));
  }

  private UpstreamOAuthAuthorizationSession completed(String claims) {
    return upstreams.completed(
        upstreams.pending(provider),
        link,
        new UpstreamAnswer(
            Optional.empty(), Optional.of(Json.parse(claims)), Optional.empty(), Optional.empty()));
  }
}
