package dev.authstore.storage.pg.oauth2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Ids;
import dev.authstore.model.Json;
import dev.authstore.model.JwsAlgorithm;
import dev.authstore.model.oauth2.ApplicationType;
import dev.authstore.model.oauth2.ClientAuthMethod;
import dev.authstore.model.oauth2.GrantType;
import dev.authstore.model.oauth2.JwksSource;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.oauth2.ClientRegistration;
import dev.authstore.storage.oauth2.OAuth2ClientFilter;
import dev.authstore.storage.oauth2.OAuth2ClientParams;
import dev.authstore.storage.oauth2.StaticOAuth2ClientParams;
import dev.authstore.storage.page.CountedPage;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.OAuth2Fixture;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.Race;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OAuth2ClientRepositoryTest {
  private static final OAuth2ClientFilter ALL = OAuth2ClientFilter.all();
  private static final Optional<String> DIGEST = Optional.of("0123456789abcdef".repeat(4));
  private static final Optional<String> OTHER_DIGEST = Optional.of("fedcba9876543210".repeat(4));

  @RegisterExtension final Store store = Store.fresh();

  @Nested
  class LookUps {
    @Test
    void findNothingInAnEmptyDatabase() {
      assertThat(lookup(new UUID(0, 1))).isEmpty();
      assertThat(findByDigest(DIGEST.orElseThrow())).isEmpty();
      assertThat(findByClientId(new UUID(0, 1).toString())).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"not-an-id", "", "\u0000", "1-1-1-1-1"})
    void askNotForTextThatIsNoClientId(String text) {
      store.statements();

      assertThat(findByClientId(text)).isEmpty();
      assertThat(store.statements()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0123", "\u0000"})
    void askNotForTextThatIsNoDigest(String text) {
      store.statements();

      assertThat(findByDigest(text)).isEmpty();
      assertThat(findByDigest(DIGEST.orElseThrow().replace('a', 'A'))).isEmpty();
      assertThat(store.statements()).isEmpty();
    }

    @Test
    void knowTheClientIdAsUuidAndAsUlid() {
      OAuth2Client client = add(DIGEST);

      assertThat(findByClientId(client.clientId())).contains(client);
      assertThat(findByClientId(Ids.ulid(client.id()))).contains(client);
    }
  }

  @Nested
  class LoadBatch {
    @Test
    void leavesOutWhatIsUnknown() {
      OAuth2Client one = add(DIGEST);
      OAuth2Client two = add(OTHER_DIGEST);

      Map<UUID, OAuth2Client> loaded = loadBatch(Set.of(one.id(), two.id(), new UUID(0, 1)));

      assertThat(loaded).isEqualTo(Map.of(one.id(), one, two.id(), two));
    }

    @Test
    void asksNothingForNothing() {
      store.statements();

      assertThat(loadBatch(Set.of())).isEmpty();
      assertThat(store.statements()).isEmpty();
    }
  }

  @Nested
  class Add {
    @Test
    void keepsAllMetadata() {
      OAuth2ClientParams params = full();

      OAuth2Client added = store.write(repo -> repo.oauth2Clients().add(params));

      assertThat(lookup(added.id())).contains(added);
      assertThat(added)
          .isEqualTo(
              new OAuth2Client(
                  added.id(),
                  params.metadataDigest(),
                  params.encryptedClientSecret(),
                  params.applicationType(),
                  params.redirectUris(),
                  params.grantTypes(),
                  params.clientName(),
                  params.logoUri(),
                  params.clientUri(),
                  params.policyUri(),
                  params.tosUri(),
                  params.jwks(),
                  params.idTokenSignedResponseAlg(),
                  params.userinfoSignedResponseAlg(),
                  params.tokenEndpointAuthMethod(),
                  params.tokenEndpointAuthSigningAlg(),
                  params.initiateLoginUri(),
                  false));
      assertThat(Ids.timestamp(added.id())).isEqualTo(store.clock().instant());
    }

    @Test
    void keepsNothingWhereNothingWasGiven() {
      OAuth2Client added = store.write(repo -> repo.oauth2Clients().add(withGrantTypes(Set.of())));

      assertThat(lookup(added.id())).contains(added);
      assertThat(added.redirectUris()).isEmpty();
      assertThat(added.grantTypes()).isEmpty();
      assertThat(added.jwks()).isEmpty();
      assertThat(added.encryptedClientSecret()).contains("secret");
    }

    @Test
    void giveWayToAClientWithTheSameMetadata() {
      OAuth2Client first = add(DIGEST);

      ConflictKind conflict =
          store.conflict(repo -> repo.oauth2Clients().add(OAuth2Fixture.params(DIGEST)));

      assertThat(conflict).isEqualTo(ConflictKind.CLIENT_METADATA_TAKEN);
      assertThat(matching(ALL)).containsExactly(first);
    }

    @Test
    void takesAnyNumberWithoutDigest() {
      add(Optional.empty());
      add(Optional.empty());

      assertThat(matching(ALL)).hasSize(2);
    }
  }

  @Nested
  class RegisterOrReuse {
    @Test
    void createsThenReuses() {
      ClientRegistration first = register(DIGEST);
      ClientRegistration second = register(DIGEST);

      assertThat(first).isInstanceOf(ClientRegistration.Created.class);
      assertThat(second).isEqualTo(new ClientRegistration.Reused(first.client()));
      assertThat(lookup(first.client().id())).contains(first.client());
    }

    @Test
    void refusesMetadataWithoutDigest() {
      assertThat(
              store.refusal(
                  repo ->
                      repo.oauth2Clients().registerOrReuse(OAuth2Fixture.params(Optional.empty()))))
          .isInstanceOf(InvalidInputException.class);
    }

    @Test
    void reusesWhatWasCommittedWhileItWaited() throws Exception {
      Store.Held<ClientRegistration> first =
          store.hold(repo -> repo.oauth2Clients().registerOrReuse(OAuth2Fixture.params(DIGEST)));

      Future<ClientRegistration> second =
          store.start(repo -> repo.oauth2Clients().registerOrReuse(OAuth2Fixture.params(DIGEST)));
      store.awaitBlocked(1);
      first.save();

      assertThat(second.get()).isEqualTo(new ClientRegistration.Reused(first.result().client()));
    }

    @Test
    void createsWhatTheOtherGaveUp() throws Exception {
      Store.Held<ClientRegistration> first =
          store.hold(repo -> repo.oauth2Clients().registerOrReuse(OAuth2Fixture.params(DIGEST)));

      Future<ClientRegistration> second =
          store.start(repo -> repo.oauth2Clients().registerOrReuse(OAuth2Fixture.params(DIGEST)));
      store.awaitBlocked(1);
      first.cancel();

      assertThat(second.get()).isInstanceOf(ClientRegistration.Created.class);
    }

    @Test
    void makesOneClientOfThirtyTwoEqualRegistrations() throws Exception {
      RepositoryFactory repositories = store.repositories();

      Race.Results<ClientRegistration> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.<ClientRegistration>direct(
                          repo ->
                              repo.oauth2Clients().registerOrReuse(OAuth2Fixture.params(DIGEST))));

      assertThat(race.failures()).isEmpty();
      assertThat(race.values()).filteredOn(ClientRegistration.Created.class::isInstance).hasSize(1);
      assertThat(race.values()).extracting(r -> r.client().id()).containsOnly(onlyClient().id());
    }

    @Test
    void makesTwoClientsOfTwoDocuments() throws Exception {
      RepositoryFactory repositories = store.repositories();
      List<Optional<String>> digests = List.of(DIGEST, OTHER_DIGEST);

      Race.Results<ClientRegistration> race =
          Race.of(2)
              .run(
                  number ->
                      repositories.<ClientRegistration>direct(
                          repo ->
                              repo.oauth2Clients()
                                  .registerOrReuse(OAuth2Fixture.params(digests.get(number)))));

      assertThat(race.failures()).isEmpty();
      assertThat(matching(ALL)).hasSize(2);
    }
  }

  @Nested
  class UpsertStatic {
    @Test
    void insertsWhatIsNew() {
      UUID id = new UUID(0, 5);

      OAuth2Client client = upsert(id, "First");

      assertThat(client).isEqualTo(configured(configuration(id, "First")));
      assertThat(lookup(id)).contains(client);
    }

    @Test
    void replacesWhatIsThere() {
      UUID id = new UUID(0, 5);
      upsert(id, "First");
      session(id, false);
      List<String> sessions = store.select("SELECT s::text FROM oauth2_sessions s");
      StaticOAuth2ClientParams params =
          new StaticOAuth2ClientParams(
              id,
              List.of(URI.create("https://b.example.com/"), URI.create("https://a.example.com/")),
              ClientAuthMethod.CLIENT_SECRET_BASIC,
              Optional.of("secret"),
              Optional.of("Second"),
              Optional.of(URI.create("https://example.com/")),
              Optional.of(new JwksSource.Remote(URI.create("https://example.com/keys"))));

      OAuth2Client second = store.write(repo -> repo.oauth2Clients().upsertStatic(params));

      assertThat(second).isEqualTo(configured(params));
      assertThat(lookup(id)).contains(second);
      assertThat(sessions).hasSize(1);
      assertThat(store.select("SELECT s::text FROM oauth2_sessions s")).isEqualTo(sessions);
    }

    @Test
    void resetsWhatADynamicClientHadRegistered() {
      OAuth2Client dynamic = store.write(repo -> repo.oauth2Clients().add(full()));

      OAuth2Client client = upsert(dynamic.id(), "Static");

      assertThat(client).isEqualTo(configured(configuration(dynamic.id(), "Static")));
      assertThat(lookup(dynamic.id())).contains(client);
      assertThat(findByDigest(DIGEST.orElseThrow())).isEmpty();
    }
  }

  @Nested
  class Lists {
    @Test
    void tellStaticFromDynamicClients() {
      OAuth2Client one = add(DIGEST);
      OAuth2Client two = add(OTHER_DIGEST);
      OAuth2Client small = upsert(new UUID(0, 5), "Static");
      OAuth2Client large = upsert(new UUID(-1, 5), "Static");

      assertThat(allStatic()).containsExactly(small, large);
      assertThat(matching(ALL.isStatic(true))).containsExactly(small, large);
      assertThat(matching(ALL.isStatic(false))).containsExactlyInAnyOrder(one, two);
      assertThat(matching(ALL)).hasSize(4);
    }

    @ParameterizedTest
    @CsvSource({"CLIENT, 2", "first, 1", "%, 0", "'', 2", "_, 0", "unnamed, 0"})
    void searchNamesByTheLetter(String text, int found) {
      upsert(new UUID(0, 1), "First client");
      upsert(new UUID(0, 2), "Second client");
      store.run(repo -> repo.oauth2Clients().add(withGrantTypes(Set.of())));

      assertThat(matching(ALL.clientName(text))).hasSize(found);
    }

    @ParameterizedTest
    @CsvSource({"EXAMPLE.com, 1", "https, 1", "%, 0", "'', 1", "other, 0"})
    void searchUrisByTheLetter(String text, int found) {
      store.run(repo -> repo.oauth2Clients().add(full()));
      add(OTHER_DIGEST);

      assertThat(matching(ALL.clientUri(text))).hasSize(found);
    }

    @Test
    void goByTheGrantTypeThatWasDeclared() {
      GrantType unknown = new GrantType("urn:example:grant");
      OAuth2Client machine =
          store.write(
              repo ->
                  repo.oauth2Clients()
                      .add(withGrantTypes(Set.of(GrantType.CLIENT_CREDENTIALS, unknown))));
      OAuth2Client implicit = store.write(repo -> repo.oauth2Clients().add(full()));
      add(OTHER_DIGEST);

      assertThat(matching(ALL.grantType(GrantType.CLIENT_CREDENTIALS))).containsExactly(machine);
      assertThat(matching(ALL.grantType(unknown))).containsExactly(machine);
      assertThat(matching(ALL.grantType(GrantType.IMPLICIT))).containsExactly(implicit);
      assertThat(matching(ALL.grantType(GrantType.DEVICE_CODE))).isEmpty();
    }

    @Test
    void goBySessionsThatAreNotFinished() {
      OAuth2Client active = add(DIGEST);
      OAuth2Client idle = add(OTHER_DIGEST);
      session(active.id(), false);
      session(idle.id(), true);

      assertThat(matching(ALL.activeSessions(true))).containsExactly(active);
      assertThat(matching(ALL.activeSessions(false))).containsExactly(idle);

      store.sql("UPDATE oauth2_sessions SET finished_at = now()");
      assertThat(matching(ALL.activeSessions(true))).isEmpty();
      assertThat(matching(ALL.activeSessions(false))).hasSize(2);
    }

    @Test
    void areCountedInTheSameStatement() {
      List<OAuth2Client> clients =
          IntStream.range(0, 5).mapToObj(i -> add(Optional.empty())).toList();
      store.statements();

      CountedPage<OAuth2Client> page = listWithCount(Pagination.first(2));
      CountedPage<OAuth2Client> beyond =
          listWithCount(Pagination.first(2).after(clients.get(4).id()));

      assertThat(store.statements()).hasSize(2);
      assertThat(page.total()).isEqualTo(5);
      assertThat(page.page().nodes()).isEqualTo(clients.subList(0, 2));
      assertThat(page.page().hasNextPage()).isTrue();
      assertThat(beyond).isEqualTo(new CountedPage<>(Page.empty(), 5));
    }
  }

  private OAuth2Client add(Optional<String> digest) {
    return store.write(repo -> repo.oauth2Clients().add(OAuth2Fixture.params(digest)));
  }

  private ClientRegistration register(Optional<String> digest) {
    return store.write(repo -> repo.oauth2Clients().registerOrReuse(OAuth2Fixture.params(digest)));
  }

  private OAuth2Client upsert(UUID id, String name) {
    return store.write(repo -> repo.oauth2Clients().upsertStatic(configuration(id, name)));
  }

  private static StaticOAuth2ClientParams configuration(UUID id, String name) {
    return new StaticOAuth2ClientParams(
        id,
        List.of(),
        ClientAuthMethod.NONE,
        Optional.empty(),
        Optional.of(name),
        Optional.empty(),
        Optional.empty());
  }

  /** The client that the configuration makes, whatever it was before. */
  private static OAuth2Client configured(StaticOAuth2ClientParams params) {
    return new OAuth2Client(
        params.id(),
        Optional.empty(),
        params.encryptedClientSecret(),
        Optional.empty(),
        params.redirectUris(),
        Set.of(
            GrantType.AUTHORIZATION_CODE,
            GrantType.REFRESH_TOKEN,
            GrantType.CLIENT_CREDENTIALS,
            GrantType.DEVICE_CODE),
        params.clientName(),
        Optional.empty(),
        params.clientUri(),
        Optional.empty(),
        Optional.empty(),
        params.jwks(),
        Optional.empty(),
        Optional.empty(),
        Optional.of(params.tokenEndpointAuthMethod()),
        Optional.empty(),
        Optional.empty(),
        true);
  }

  private UUID session(UUID clientId, boolean finished) {
    UUID id = new UUID(9, store.select("SELECT id FROM oauth2_sessions").size());
    store.sql(
        "INSERT INTO oauth2_sessions (id, client_id, scope, created_at, finished_at)"
            + " VALUES (?, ?, '{}', now(), CASE WHEN ? THEN now() END)",
        id,
        clientId,
        finished);
    return id;
  }

  private static OAuth2ClientParams full() {
    return new OAuth2ClientParams(
        List.of(
            URI.create("org.example.app:/callback"),
            URI.create("https://b.example.com/"),
            URI.create("https://a.example.com/")),
        DIGEST,
        Optional.empty(),
        Optional.of(new ApplicationType("native")),
        Set.of(GrantType.AUTHORIZATION_CODE, GrantType.IMPLICIT),
        Optional.of("Élan 100%"),
        Optional.of(URI.create("https://example.com/logo")),
        Optional.of(URI.create("https://example.com/")),
        Optional.of(URI.create("https://example.com/policy")),
        Optional.of(URI.create("https://example.com/tos")),
        Optional.of(new JwksSource.Inline(Json.parse("{\"keys\": [], \"b\": 1.0}"))),
        Optional.of(new JwsAlgorithm("RS256")),
        Optional.of(new JwsAlgorithm("ES256")),
        Optional.of(new ClientAuthMethod("private_key_jwt")),
        Optional.of(new JwsAlgorithm("PS512")),
        Optional.of(URI.create("https://example.com/login")));
  }

  private static OAuth2ClientParams withGrantTypes(Set<GrantType> types) {
    return new OAuth2ClientParams(
        List.of(),
        Optional.empty(),
        Optional.of("secret"),
        Optional.empty(),
        types,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private OAuth2Client onlyClient() {
    return matching(ALL).get(0);
  }

  private List<OAuth2Client> matching(OAuth2ClientFilter filter) {
    List<OAuth2Client> found =
        store.read(repo -> repo.oauth2Clients().list(filter, Pagination.first(100)).nodes());
    assertThat(store.<Long>read(repo -> repo.oauth2Clients().count(filter)))
        .isEqualTo(found.size());
    return found;
  }

  private CountedPage<OAuth2Client> listWithCount(Pagination pagination) {
    return store.read(repo -> repo.oauth2Clients().listWithCount(ALL, pagination));
  }

  private List<OAuth2Client> allStatic() {
    return store.read(repo -> repo.oauth2Clients().allStatic());
  }

  private Optional<OAuth2Client> lookup(UUID id) {
    return store.read(repo -> repo.oauth2Clients().lookup(id));
  }

  private Optional<OAuth2Client> findByClientId(String text) {
    return store.read(repo -> repo.oauth2Clients().findByClientId(text));
  }

  private Optional<OAuth2Client> findByDigest(String digest) {
    return store.read(repo -> repo.oauth2Clients().findByMetadataDigest(digest));
  }

  private Map<UUID, OAuth2Client> loadBatch(Set<UUID> ids) {
    return store.read(repo -> repo.oauth2Clients().loadBatch(ids));
  }
}
