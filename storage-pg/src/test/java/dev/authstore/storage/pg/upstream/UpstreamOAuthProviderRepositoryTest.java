package dev.authstore.storage.pg.upstream;

import static java.time.Duration.ofMinutes;
import static java.time.temporal.ChronoUnit.MILLIS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Ids;
import dev.authstore.model.upstream.ClaimsImports;
import dev.authstore.model.upstream.UpstreamOAuthProvider;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.pg.UpstreamFixture;
import dev.authstore.storage.upstream.UpstreamOAuthProviderFilter;
import dev.authstore.storage.upstream.UpstreamOAuthProviderParams;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class UpstreamOAuthProviderRepositoryTest {
  private static final UpstreamOAuthProviderFilter ALL = UpstreamOAuthProviderFilter.all();

  /** Chosen by an operator: the nil UUID's neighbour has no version. */
  private static final UUID CHOSEN = new UUID(0, 1);

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final Upstreams upstreams = new Upstreams(store);

  @Nested
  class Add {
    @Test
    void keepsEverythingThatWasGiven() {
      UpstreamOAuthProviderParams params = UpstreamFixture.full();

      UpstreamOAuthProvider added = store.write(repo -> repo.upstreamOAuthProviders().add(params));

      assertThat(upstreams.stored(added)).contains(added);
      assertThat(added).isEqualTo(provider(added.id(), params, upstreams.now()));
      assertThat(added.isEnabled()).isTrue();
      assertThat(Ids.timestamp(added.id())).isEqualTo(added.createdAt().truncatedTo(MILLIS));
    }

    @Test
    void keepsNothingWhereNothingWasGiven() {
      UpstreamOAuthProviderParams params = UpstreamFixture.minimal();

      UpstreamOAuthProvider added = store.write(repo -> repo.upstreamOAuthProviders().add(params));

      assertThat(upstreams.stored(added)).contains(added);
      assertThat(added).isEqualTo(provider(added.id(), params, upstreams.now()));
      assertThat(added.claimsImports()).isEqualTo(ClaimsImports.NONE);
    }

    @Test
    void mayRepeatAnIssuerAndAClientId() {
      UpstreamOAuthProvider one =
          store.write(repo -> repo.upstreamOAuthProviders().add(UpstreamFixture.full()));
      UpstreamOAuthProvider two =
          store.write(repo -> repo.upstreamOAuthProviders().add(UpstreamFixture.full()));

      assertThat(allEnabled()).containsExactly(one, two);
    }
  }

  @Nested
  class Upsert {
    @Test
    void addsAProviderUnderAnIdOfAnyVersion() {
      UpstreamOAuthProviderParams params = UpstreamFixture.full();

      UpstreamOAuthProvider added = upsert(CHOSEN, params);

      assertThat(added).isEqualTo(provider(CHOSEN, params, upstreams.now()));
      assertThat(upstreams.stored(added)).contains(added);
    }

    @Test
    void leavesOneRowWhenRepeated() {
      UpstreamOAuthProvider first = upsert(CHOSEN, UpstreamFixture.full());

      UpstreamOAuthProvider second = upsert(CHOSEN, UpstreamFixture.full());

      assertThat(second).isEqualTo(first);
      assertThat(count(ALL)).isOne();
    }

    @Test
    void replacesAllParametersAndEnablesButKeepsTheCreation() {
      UpstreamOAuthProvider before = upsert(CHOSEN, UpstreamFixture.full());
      upstreams.disabled(before);
      store.clock().advance(ofMinutes(1));
      UpstreamOAuthProviderParams params = UpstreamFixture.minimal(3);

      UpstreamOAuthProvider after = upsert(CHOSEN, params);

      assertThat(after).isEqualTo(provider(CHOSEN, params, before.createdAt()));
      assertThat(upstreams.stored(before)).contains(after);
    }

    @Test
    void keepsTheLinks() {
      UpstreamOAuthProvider provider = upsert(CHOSEN, UpstreamFixture.full());
      var link = upstreams.link(provider);

      upsert(CHOSEN, UpstreamFixture.minimal());

      assertThat(upstreams.stored(link)).contains(link);
    }

    @Test
    void agreesAmongThirtyTwo() throws Exception {
      RepositoryFactory repositories = store.repositories();

      Race.Results<UpstreamOAuthProvider> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.call(
                          repo ->
                              repo.upstreamOAuthProviders()
                                  .upsert(CHOSEN, UpstreamFixture.minimal(number))));

      assertThat(race.values()).hasSize(32);
      assertThat(new HashSet<>(race.values())).hasSize(32);
      assertThat(race.values()).contains(allEnabled().get(0));
      assertThat(count(ALL)).isOne();
    }
  }

  @Nested
  class Disable {
    @Test
    void takesTheProviderOutOfUse() {
      UpstreamOAuthProvider provider = upstreams.provider();

      UpstreamOAuthProvider disabled = upstreams.disabled(provider);

      assertThat(disabled.disabledAt()).contains(upstreams.now());
      assertThat(disabled.isEnabled()).isFalse();
      assertThat(upstreams.stored(provider)).contains(disabled);
      assertThat(allEnabled()).isEmpty();
    }

    @Test
    void keepsTheFirstInstant() {
      UpstreamOAuthProvider provider = upstreams.provider();
      UpstreamOAuthProvider disabled = upstreams.disabled(provider);
      store.clock().advance(ofMinutes(5));

      UpstreamOAuthProvider again = upstreams.disabled(provider);

      assertThat(again).isEqualTo(disabled);
      assertThat(upstreams.stored(provider)).contains(disabled);
    }

    @Test
    void doesNotFindADeletedProvider() {
      UpstreamOAuthProvider provider = upstreams.provider();
      upstreams.delete(provider);

      assertThat(store.missing(repo -> repo.upstreamOAuthProviders().disable(provider)))
          .isEqualTo("upstream_oauth_provider " + provider.id());
    }

    @Test
    void agreesOnOneInstantAmongThirtyTwo() throws Exception {
      UpstreamOAuthProvider provider = upstreams.provider();
      RepositoryFactory repositories = store.repositories();

      Race.Results<UpstreamOAuthProvider> race =
          Race.of(32)
              .run(
                  number -> {
                    upstreams.tick();
                    return repositories.call(
                        repo -> repo.upstreamOAuthProviders().disable(provider));
                  });

      assertThat(race.values()).hasSize(32);
      assertThat(new HashSet<>(race.values())).hasSize(1);
    }
  }

  @Nested
  class AllEnabled {
    @Test
    void isInTheOrderOfTheUserInterface() {
      UpstreamOAuthProvider second = upstreams.provider(2);
      UpstreamOAuthProvider first = upstreams.provider(1);
      UpstreamOAuthProvider firstToo = upstreams.provider(1);
      UpstreamOAuthProvider disabled = upstreams.disabled(upstreams.provider(0));

      List<UpstreamOAuthProvider> enabled = allEnabled();

      assertThat(enabled).containsExactly(first, firstToo, second);
      assertThat(list(ALL, Pagination.first(10)).nodes())
          .containsExactly(second, first, firstToo, disabled);
    }

    @Test
    void isEmptyWhereNothingIsConfigured() {
      assertThat(allEnabled()).isEmpty();
    }
  }

  @Nested
  class Lists {
    @Test
    void knowWhichAreEnabled() {
      UpstreamOAuthProvider one = upstreams.provider();
      UpstreamOAuthProvider two = upstreams.provider();
      assertThat(counts()).containsExactly(2L, 2L, 0L);

      UpstreamOAuthProvider disabled = upstreams.disabled(one);

      assertThat(counts()).containsExactly(2L, 1L, 1L);
      assertThat(list(ALL.enabled(true), Pagination.first(10)).nodes()).containsExactly(two);
      assertThat(list(ALL.enabled(false), Pagination.first(10)).nodes()).containsExactly(disabled);
    }

    @Test
    void arePagedByIdInBothDirections() {
      List<UpstreamOAuthProvider> all = Upstreams.several(20, upstreams::provider);
      UUID tenth = all.get(9).id();

      assertPage(list(ALL, Pagination.first(10)), all.subList(0, 10), true, false);
      assertPage(list(ALL, Pagination.first(10).after(tenth)), all.subList(10, 20), false, false);
      assertPage(list(ALL, Pagination.last(10)), all.subList(10, 20), false, true);
      assertPage(list(ALL, Pagination.last(9).before(tenth)), all.subList(0, 9), false, false);
      assertPage(
          list(ALL, Pagination.first(10).after(all.get(4).id()).before(tenth)),
          all.subList(5, 9),
          false,
          false);
    }

    private static void assertPage(
        Page<UpstreamOAuthProvider> page,
        List<UpstreamOAuthProvider> nodes,
        boolean next,
        boolean previous) {
      assertThat(page.nodes()).isEqualTo(nodes);
      assertThat(page.hasNextPage()).isEqualTo(next);
      assertThat(page.hasPreviousPage()).isEqualTo(previous);
    }

    private List<Long> counts() {
      return List.of(count(ALL), count(ALL.enabled(true)), count(ALL.enabled(false)));
    }
  }

  @Nested
  class Delete {
    @Test
    void happensOnce() {
      UpstreamOAuthProvider provider = upstreams.provider();
      upstreams.delete(provider);

      assertThat(store.missing(repo -> repo.upstreamOAuthProviders().delete(provider)))
          .isEqualTo("upstream_oauth_provider " + provider.id());
      assertThat(store.missing(repo -> repo.upstreamOAuthProviders().deleteById(provider.id())))
          .isEqualTo("upstream_oauth_provider " + provider.id());
      assertThat(upstreams.stored(provider)).isEmpty();
    }

    @Test
    void hasOneWinnerAmongThirtyTwo() throws Exception {
      UpstreamOAuthProvider provider = upstreams.provider();
      upstreams.completed(provider, upstreams.link(provider));
      RepositoryFactory repositories = store.repositories();

      Race.Results<Boolean> race =
          Race.of(32)
              .run(
                  number -> {
                    repositories.run(
                        repo -> repo.upstreamOAuthProviders().deleteById(provider.id()));
                    return true;
                  });

      assertThat(race.values()).hasSize(1);
      assertThat(race.failures()).hasSize(31).allMatch(NotFoundException.class::isInstance);
    }
  }

  private UpstreamOAuthProvider upsert(UUID id, UpstreamOAuthProviderParams params) {
    return store.write(repo -> repo.upstreamOAuthProviders().upsert(id, params));
  }

  private List<UpstreamOAuthProvider> allEnabled() {
    return store.read(repo -> repo.upstreamOAuthProviders().allEnabled());
  }

  private Page<UpstreamOAuthProvider> list(
      UpstreamOAuthProviderFilter filter, Pagination pagination) {
    return store.read(repo -> repo.upstreamOAuthProviders().list(filter, pagination));
  }

  private long count(UpstreamOAuthProviderFilter filter) {
    return store.<Long>read(repo -> repo.upstreamOAuthProviders().count(filter));
  }

  private static UpstreamOAuthProvider provider(
      UUID id, UpstreamOAuthProviderParams params, Instant createdAt) {
    return new UpstreamOAuthProvider(
        id,
        params.issuer(),
        params.humanName(),
        params.brandName(),
        params.scope(),
        params.clientId(),
        params.encryptedClientSecret(),
        params.tokenEndpointAuthMethod(),
        params.tokenEndpointSigningAlg(),
        params.idTokenSignedResponseAlg(),
        params.fetchUserinfo(),
        params.userinfoSignedResponseAlg(),
        params.discoveryMode(),
        params.pkceMode(),
        params.responseMode(),
        params.authorizationEndpointOverride(),
        params.tokenEndpointOverride(),
        params.userinfoEndpointOverride(),
        params.jwksUriOverride(),
        params.claimsImports(),
        params.additionalAuthorizationParameters(),
        params.forwardLoginHint(),
        params.onBackchannelLogout(),
        params.registrationTokenRequired(),
        params.uiOrder(),
        createdAt,
        Optional.empty());
  }
}
