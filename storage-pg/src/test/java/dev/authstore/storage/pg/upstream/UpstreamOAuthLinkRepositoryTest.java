package dev.authstore.storage.pg.upstream;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.authstore.model.upstream.UpstreamOAuthLink;
import dev.authstore.model.upstream.UpstreamOAuthProvider;
import dev.authstore.model.user.User;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.pg.UpstreamFixture;
import dev.authstore.storage.upstream.FoundLink;
import dev.authstore.storage.upstream.UpstreamOAuthLinkFilter;
import dev.authstore.testing.Race;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class UpstreamOAuthLinkRepositoryTest {
  private static final UpstreamOAuthLinkFilter ALL = UpstreamOAuthLinkFilter.all();

  @RegisterExtension final Store store = Store.fresh();

  private final Upstreams upstreams = new Upstreams(store);

  @SuppressWarnings("NullAway.Init") // set before each test
  private UpstreamOAuthProvider provider;

  @BeforeEach
  void addProvider() {
    provider = upstreams.provider();
  }

  /** Text that no subject can be. */
  static Stream<String> noSubjects() {
    return Stream.of("", "\u0000", "a\u0000b", "\ud800", "s".repeat(5000), "é".repeat(1025));
  }

  @Nested
  class Add {
    @Test
    void makesALinkWithoutAnAccount() {
      UpstreamOAuthLink link =
          store.write(
              repo -> repo.upstreamOAuthLinks().add(provider, "Subject", Optional.of("John")));

      assertThat(link)
          .isEqualTo(
              new UpstreamOAuthLink(
                  link.id(),
                  provider.id(),
                  Optional.empty(),
                  "Subject",
                  Optional.of("John"),
                  upstreams.now()));
      assertThat(link.isLinked()).isFalse();
      assertThat(upstreams.stored(link)).contains(link);
      assertThat(find(provider, "Subject")).contains(link);
    }

    @Test
    void takesAnEmptyNameAndASubjectOfTwoKibibytes() {
      UpstreamOAuthLink link =
          store.write(
              repo -> repo.upstreamOAuthLinks().add(provider, "é".repeat(1024), Optional.of("")));

      assertThat(upstreams.stored(link)).contains(link);
    }

    @Test
    void givesEachProviderItsOwnSubjects() {
      UpstreamOAuthProvider other = upstreams.provider();

      UpstreamOAuthLink one = upstreams.link(provider, "subject");
      UpstreamOAuthLink two = upstreams.link(other, "subject");

      assertThat(find(provider, "subject")).contains(one);
      assertThat(find(other, "subject")).contains(two);
    }

    @Test
    void refusesASubjectThatHasALink() {
      UpstreamOAuthLink link = upstreams.link(provider, "subject");

      assertThat(
              store.conflict(
                  repo -> repo.upstreamOAuthLinks().add(provider, "subject", Optional.of("other"))))
          .isEqualTo(ConflictKind.UPSTREAM_SUBJECT_TAKEN);
      assertThat(upstreams.stored(link)).contains(link);
      assertThat(count(ALL)).isOne();
    }

    @Test
    void doesNotFindADeletedProvider() {
      upstreams.delete(provider);

      assertThat(
              store.missing(
                  repo -> repo.upstreamOAuthLinks().add(provider, "subject", Optional.empty())))
          .isEqualTo("upstream_oauth_provider " + provider.id());
    }

    @ParameterizedTest
    @MethodSource("dev.authstore.storage.pg.upstream.UpstreamOAuthLinkRepositoryTest#noSubjects")
    void refusesASubjectThatCannotBeStored(String subject) {
      store.statements();

      assertThatThrownBy(
              () ->
                  store.run(
                      repo -> repo.upstreamOAuthLinks().add(provider, subject, Optional.empty())))
          .isInstanceOf(InvalidInputException.class);
      assertThatThrownBy(
              () ->
                  store.run(
                      repo ->
                          repo.upstreamOAuthLinks().findOrAdd(provider, subject, Optional.empty())))
          .isInstanceOf(InvalidInputException.class);
      assertThat(store.statements()).isEmpty();
    }

    @Test
    void refusesANameThatCannotBeStored() {
      store.statements();

      for (String name : List.of("\u0000", "\udfff", "n".repeat(1025))) {
        assertThatThrownBy(
                () ->
                    store.run(
                        repo -> repo.upstreamOAuthLinks().add(provider, "s", Optional.of(name))))
            .isInstanceOf(InvalidInputException.class);
      }
      assertThat(store.statements()).isEmpty();
    }

    @Test
    void hasOneWinnerAmongThirtyTwo() throws Exception {
      RepositoryFactory repositories = store.repositories();

      Race.Results<UpstreamOAuthLink> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.call(
                          repo ->
                              repo.upstreamOAuthLinks()
                                  .add(provider, "subject", Optional.empty())));

      assertThat(race.values()).hasSize(1);
      assertThat(race.failures()).hasSize(31).allMatch(ConflictException.class::isInstance);
    }
  }

  @Nested
  class FindBySubject {
    @Test
    void comparesByTheLetter() {
      UpstreamOAuthLink link = upstreams.link(provider, "Subject");
      UpstreamOAuthProvider other = upstreams.provider();

      assertThat(find(provider, "Subject")).contains(link);
      assertThat(find(provider, "subject")).isEmpty();
      assertThat(find(provider, "Subject ")).isEmpty();
      assertThat(find(provider, "unknown")).isEmpty();
      assertThat(find(other, "Subject")).isEmpty();
    }

    @Test
    void findsLinksOfAccountsAndAtDisabledProviders() {
      UpstreamOAuthLink link = upstreams.link(provider, upstreams.user("john"));
      upstreams.disabled(provider);

      assertThat(find(provider, link.subject())).contains(link);
    }

    @ParameterizedTest
    @MethodSource("dev.authstore.storage.pg.upstream.UpstreamOAuthLinkRepositoryTest#noSubjects")
    void asksNothingForTextThatIsNoSubject(String text) {
      store.statements();

      assertThat(find(provider, text)).isEmpty();
      assertThat(store.statements()).isEmpty();
    }
  }

  @Nested
  class FindOrAdd {
    @Test
    void addsWhatIsUnknown() {
      FoundLink found = findOrAdd("subject", Optional.of("John"));

      assertThat(found.added()).isTrue();
      assertThat(found.link().humanAccountName()).contains("John");
      assertThat(upstreams.stored(found.link())).contains(found.link());
    }

    @Test
    void findsWhatIsKnownAsItIs() {
      UpstreamOAuthLink link =
          upstreams.associated(
              findOrAdd("subject", Optional.of("John")).link(), upstreams.user("john"));

      FoundLink found = findOrAdd("subject", Optional.of("Jim"));

      assertThat(found).isEqualTo(new FoundLink(link, false));
    }

    @Test
    void doesNotFindADeletedProvider() {
      upstreams.delete(provider);

      assertThat(
              store.missing(
                  repo ->
                      repo.upstreamOAuthLinks().findOrAdd(provider, "subject", Optional.empty())))
          .isEqualTo("upstream_oauth_provider " + provider.id());
    }

    @Test
    void findsWhatAnotherOneHasJustAdded() throws Exception {
      Store.Held<FoundLink> first =
          store.hold(
              repo -> repo.upstreamOAuthLinks().findOrAdd(provider, "subject", Optional.empty()));

      Future<FoundLink> second =
          store.start(
              repo -> repo.upstreamOAuthLinks().findOrAdd(provider, "subject", Optional.empty()));
      store.awaitBlocked(1);
      first.save();

      assertThat(second.get(20, SECONDS)).isEqualTo(new FoundLink(first.result().link(), false));
    }

    @Test
    void addsWhatAnotherOneHasNotAddedAfterAll() throws Exception {
      Store.Held<FoundLink> first =
          store.hold(
              repo -> repo.upstreamOAuthLinks().findOrAdd(provider, "subject", Optional.empty()));

      Future<FoundLink> second =
          store.start(
              repo -> repo.upstreamOAuthLinks().findOrAdd(provider, "subject", Optional.empty()));
      store.awaitBlocked(1);
      first.cancel();

      assertThat(second.get(20, SECONDS).added()).isTrue();
    }

    @Test
    void addsAgainWhatIsJustBeingRemoved() throws Exception {
      UpstreamOAuthLink link = upstreams.link(provider, "subject");
      Store.Held<Boolean> removal =
          store.hold(
              repo -> {
                repo.upstreamOAuthLinks().remove(link);
                return true;
              });

      Future<FoundLink> found =
          store.start(
              repo -> repo.upstreamOAuthLinks().findOrAdd(provider, "subject", Optional.empty()));
      store.awaitBlocked(1);
      removal.save();

      assertThat(found.get(20, SECONDS).added()).isTrue();
      assertThat(found.get(20, SECONDS).link().id()).isNotEqualTo(link.id());
    }

    @Test
    void agreesOnOneLinkAmongThirtyTwo() throws Exception {
      RepositoryFactory repositories = store.repositories();

      Race.Results<FoundLink> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.call(
                          repo ->
                              repo.upstreamOAuthLinks()
                                  .findOrAdd(provider, "subject", Optional.empty())));

      assertThat(race.failures()).isEmpty();
      assertThat(race.values()).filteredOn(FoundLink::added).hasSize(1);
      assertThat(new HashSet<>(race.values().stream().map(FoundLink::link).toList())).hasSize(1);
    }
  }

  @Nested
  class AssociateToUser {
    @Test
    void givesTheIdentityToTheAccount() {
      UpstreamOAuthLink link = upstreams.link(provider);
      User john = upstreams.user("john");

      UpstreamOAuthLink associated = upstreams.associated(link, john);

      assertThat(associated.userId()).contains(john.id());
      assertThat(associated.isLinked()).isTrue();
      assertThat(upstreams.stored(link)).contains(associated);
    }

    @Test
    void changesNothingWhenRepeated() {
      User john = upstreams.user("john");
      UpstreamOAuthLink link = upstreams.link(provider);
      UpstreamOAuthLink associated = upstreams.associated(link, john);

      UpstreamOAuthLink again = upstreams.associated(link, john);

      assertThat(again).isEqualTo(associated);
    }

    @Test
    void givesSeveralToOneAccount() {
      User john = upstreams.user("john");

      upstreams.link(provider, john);
      upstreams.link(provider, john);

      assertThat(count(ALL.user(john.id()).provider(provider.id()))).isEqualTo(2);
    }

    @Test
    void refusesAnIdentityOfAnotherAccount() {
      UpstreamOAuthLink link = upstreams.link(provider, upstreams.user("john"));
      User jim = upstreams.user("jim");

      assertThat(store.conflict(repo -> repo.upstreamOAuthLinks().associateToUser(link, jim)))
          .isEqualTo(ConflictKind.UPSTREAM_LINK_TAKEN);
      assertThat(upstreams.stored(link)).contains(link);
    }

    @Test
    void doesNotFindWhatIsGone() {
      UpstreamOAuthLink link = upstreams.link(provider);
      User john = upstreams.user("john");
      User nobody = upstreams.user("nobody");
      store.sql("DELETE FROM users WHERE id = ?", nobody.id());

      assertThat(store.missing(repo -> repo.upstreamOAuthLinks().associateToUser(link, nobody)))
          .isEqualTo("user " + nobody.id());
      assertThat(upstreams.stored(link)).contains(link);

      upstreams.remove(link);
      assertThat(store.missing(repo -> repo.upstreamOAuthLinks().associateToUser(link, john)))
          .isEqualTo("upstream_oauth_link " + link.id());
    }

    @Test
    void isRefusedWhenAnotherAccountWasFaster() throws Exception {
      UpstreamOAuthLink link = upstreams.link(provider);
      User john = upstreams.user("john");
      User jim = upstreams.user("jim");
      Store.Held<UpstreamOAuthLink> first =
          store.hold(repo -> repo.upstreamOAuthLinks().associateToUser(link, john));

      Future<UpstreamOAuthLink> second =
          store.start(repo -> repo.upstreamOAuthLinks().associateToUser(link, jim));
      store.awaitBlocked(1);
      first.save();

      assertThatThrownBy(() -> second.get(20, SECONDS)).hasCauseInstanceOf(ConflictException.class);
      assertThat(upstreams.stored(link)).contains(first.result());
    }

    @Test
    void succeedsWhenTheFasterOneIsCancelled() throws Exception {
      UpstreamOAuthLink link = upstreams.link(provider);
      User john = upstreams.user("john");
      User jim = upstreams.user("jim");
      Store.Held<UpstreamOAuthLink> first =
          store.hold(repo -> repo.upstreamOAuthLinks().associateToUser(link, john));

      Future<UpstreamOAuthLink> second =
          store.start(repo -> repo.upstreamOAuthLinks().associateToUser(link, jim));
      store.awaitBlocked(1);
      first.cancel();

      assertThat(second.get(20, SECONDS).userId()).contains(jim.id());
    }

    @Test
    void hasOneWinnerAmongThirtyTwo() throws Exception {
      UpstreamOAuthLink link = upstreams.link(provider);
      List<User> users =
          Stream.iterate(0, n -> n + 1).limit(32).map(n -> upstreams.user("user" + n)).toList();
      RepositoryFactory repositories = store.repositories();

      Race.Results<UpstreamOAuthLink> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.call(
                          repo ->
                              repo.upstreamOAuthLinks().associateToUser(link, users.get(number))));

      assertThat(race.values()).hasSize(1);
      assertThat(race.failures()).hasSize(31).allMatch(ConflictException.class::isInstance);
      assertThat(upstreams.stored(link)).contains(race.values().get(0));
    }
  }

  @Nested
  class Filters {
    @Test
    void selectByEachCriterionAndAllOfThem() {
      UpstreamOAuthProvider other = upstreams.disabled(upstreams.provider());
      User john = upstreams.user("john");
      User jim = upstreams.user("jim");
      UpstreamOAuthLink first = named(provider, "one", "Alice@Example.com");
      UpstreamOAuthLink second = named(other, "one", "a_b%c\\d");
      UpstreamOAuthLink third = upstreams.link(provider, john);
      UpstreamOAuthLink fourth = upstreams.link(other, john);
      UpstreamOAuthLink fifth = upstreams.associated(upstreams.link(provider, "five"), jim);
      UpstreamOAuthLink sixth = upstreams.link(provider, john);

      assertFound(ALL, first, second, third, fourth, fifth, sixth);
      assertFound(ALL.user(john.id()), third, fourth, sixth);
      assertFound(ALL.user(provider.id()));
      assertFound(ALL.linked(true), third, fourth, fifth, sixth);
      assertFound(ALL.linked(false), first, second);
      assertFound(ALL.provider(provider.id()), first, third, fifth, sixth);
      assertFound(ALL.providerEnabled(true), first, third, fifth, sixth);
      assertFound(ALL.providerEnabled(false), second, fourth);
      assertFound(ALL.provider(provider.id()).providerEnabled(false));
      assertFound(ALL.subject("one"), first, second);
      assertFound(ALL.subject("One"));
      assertFound(ALL.subject("\u0000"));
      assertFound(ALL.subject("five").user(jim.id()).provider(provider.id()), fifth);
      assertFound(ALL.subject("five").user(jim.id()).provider(other.id()));
      assertFound(
          ALL.subject("five").user(jim.id()).provider(provider.id()).providerEnabled(true), fifth);
    }

    @Test
    void findNamesByTheLetterInAnyCase() {
      UpstreamOAuthLink alice = named(provider, "one", "Alice@Example.com");
      UpstreamOAuthLink odd = named(provider, "two", "a_b%c\\d");
      upstreams.link(provider);

      assertFound(ALL.humanAccountName("alice@EX"), alice);
      assertFound(ALL.humanAccountName("_"), odd);
      assertFound(ALL.humanAccountName("%"), odd);
      assertFound(ALL.humanAccountName("\\"), odd);
      assertFound(ALL.humanAccountName(""), alice, odd);
      assertFound(ALL.humanAccountName("zz"));
      assertFound(ALL.humanAccountName("\u0000"));
    }

    @Test
    void followTheStateOfTheProvider() {
      UpstreamOAuthLink link = upstreams.link(provider);
      assertFound(ALL.providerEnabled(true), link);

      upstreams.disabled(provider);

      assertFound(ALL.providerEnabled(true));
      assertFound(ALL.providerEnabled(false), link);

      store.run(
          repo -> repo.upstreamOAuthProviders().upsert(provider.id(), UpstreamFixture.minimal()));

      assertFound(ALL.providerEnabled(true), link);
      assertFound(ALL.providerEnabled(false));
    }

    private void assertFound(UpstreamOAuthLinkFilter filter, UpstreamOAuthLink... expected) {
      List<UpstreamOAuthLink> found =
          store.read(repo -> repo.upstreamOAuthLinks().list(filter, Pagination.first(100)).nodes());

      assertThat(found).as("%s", filter).containsExactly(expected);
      assertThat(count(filter)).as("%s", filter).isEqualTo(expected.length);
    }

    private UpstreamOAuthLink named(UpstreamOAuthProvider at, String subject, String name) {
      upstreams.tick();
      return store.write(repo -> repo.upstreamOAuthLinks().add(at, subject, Optional.of(name)));
    }
  }

  private FoundLink findOrAdd(String subject, Optional<String> name) {
    return store.write(repo -> repo.upstreamOAuthLinks().findOrAdd(provider, subject, name));
  }

  private Optional<UpstreamOAuthLink> find(UpstreamOAuthProvider at, String subject) {
    return store.read(repo -> repo.upstreamOAuthLinks().findBySubject(at, subject));
  }

  private long count(UpstreamOAuthLinkFilter filter) {
    return store.<Long>read(repo -> repo.upstreamOAuthLinks().count(filter));
  }
}
