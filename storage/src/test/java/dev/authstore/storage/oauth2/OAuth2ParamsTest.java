package dev.authstore.storage.oauth2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.authstore.model.Addresses;
import dev.authstore.model.Json;
import dev.authstore.model.Pkce;
import dev.authstore.model.ResponseMode;
import dev.authstore.model.Scope;
import dev.authstore.model.oauth2.ClientAuthMethod;
import dev.authstore.model.oauth2.CodeRequest;
import dev.authstore.model.oauth2.GrantType;
import dev.authstore.model.oauth2.JwksSource;
import dev.authstore.storage.InvalidInputException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OAuth2ParamsTest {
  private static final String CANARY = "canary";
  private static final URI REDIRECT = URI.create("https://example.org/" + CANARY);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration TOO_LONG = Duration.ofDays(36_500).plusNanos(1000);

  @Nested
  class Client {
    private static final String DIGEST = "0123456789abcdef".repeat(4);

    @Test
    void normalisesItsRedirectUris() {
      OAuth2ClientParams params =
          client(List.of(URI.create("HTTPS://EXAMPLE.org:443"), URI.create("org.example:/cb")));

      assertThat(params.redirectUris())
          .containsExactly(URI.create("https://example.org/"), URI.create("org.example:/cb"));
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "",
          "0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef",
          "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde",
          "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0",
          "g123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
        })
    void refusesWhatIsNoDigest(String digest) {
      assertRefused(() -> client(Optional.of(digest), Optional.empty(), Optional.empty()));
    }

    @Test
    void hasADigestOrASecret() {
      assertThat(client(Optional.of(DIGEST), Optional.empty(), Optional.empty()).metadataDigest())
          .contains(DIGEST);
      assertRefused(() -> client(Optional.of(DIGEST), Optional.of("secret"), Optional.empty()));
    }

    @Test
    void refusesTextThatCannotBeStored() {
      assertRefused(() -> client(Optional.empty(), Optional.empty(), Optional.of("a\u0000")));
      assertRefused(() -> client(Optional.empty(), Optional.empty(), Optional.of("")));
      assertRefused(() -> client(Optional.empty(), Optional.of("\ud800"), Optional.empty()));
      assertRefused(() -> client(List.of(URI.create("https://a/" + "b".repeat(8192)))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://example.org:port/", "https://user@/", "myapp://:"})
    void refusesARedirectUriWithoutHostOrPortNumber(URI uri) {
      assertRefused(() -> client(List.of(uri)));
    }

    @Test
    void isLimitedInItsName() {
      assertThat(
              client(Optional.empty(), Optional.empty(), Optional.of("a".repeat(1024)))
                  .clientName())
          .isPresent();
      assertRefused(
          () -> client(Optional.empty(), Optional.empty(), Optional.of("a".repeat(1025))));
    }

    @Test
    void printsNeitherSecretNorUri() {
      assertThat(client(Optional.empty(), Optional.of(CANARY), Optional.of(CANARY)))
          .asString()
          .startsWith("OAuth2ClientParams")
          .doesNotContain(CANARY);
    }

    private static OAuth2ClientParams client(List<URI> redirectUris) {
      return client(redirectUris, Optional.empty(), Optional.empty(), Optional.empty());
    }

    private static OAuth2ClientParams client(
        Optional<String> digest, Optional<String> secret, Optional<String> name) {
      return client(List.of(REDIRECT), digest, secret, name);
    }

    private static OAuth2ClientParams client(
        List<URI> redirectUris,
        Optional<String> digest,
        Optional<String> secret,
        Optional<String> name) {
      return new OAuth2ClientParams(
          redirectUris,
          digest,
          secret,
          Optional.empty(),
          Set.of(GrantType.AUTHORIZATION_CODE),
          name,
          Optional.of(REDIRECT),
          Optional.of(REDIRECT),
          Optional.of(REDIRECT),
          Optional.of(REDIRECT),
          Optional.of(new JwksSource.Inline(Json.parse("{\"keys\":\"" + CANARY + "\"}"))),
          Optional.empty(),
          Optional.empty(),
          Optional.of(ClientAuthMethod.NONE),
          Optional.empty(),
          Optional.of(REDIRECT));
    }
  }

  @Nested
  class StaticClient {
    @Test
    void normalisesItsRedirectUris() {
      assertThat(client("HTTP://LOCALHOST:80", "name").redirectUris())
          .containsExactly(URI.create("http://localhost/"));
    }

    @Test
    void refusesTextThatCannotBeStored() {
      assertRefused(() -> client("http://localhost", "a\u0000"));
      assertRefused(() -> client("http://localhost:port", "name"));
    }

    @Test
    void printsNoSecret() {
      assertThat(client("http://localhost/" + CANARY, CANARY))
          .asString()
          .startsWith("StaticOAuth2ClientParams")
          .doesNotContain(CANARY);
    }

    private static StaticOAuth2ClientParams client(String redirectUri, String name) {
      return new StaticOAuth2ClientParams(
          new UUID(0, 1),
          List.of(URI.create(redirectUri)),
          ClientAuthMethod.CLIENT_SECRET_BASIC,
          Optional.of(CANARY),
          Optional.of(name),
          Optional.empty(),
          Optional.of(new JwksSource.Remote(REDIRECT)));
    }
  }

  @Nested
  class AuthorizationGrant {
    @Test
    void takesParametersUpToSixtyFour() {
      assertThat(grant(numbered(64)).rawParameters()).hasSize(64);
      assertRefused(() -> grant(numbered(65)));
    }

    @Test
    void takesParametersUpToSixteenKibibytesTogether() {
      int half = 8 * 1024 - 1;

      assertThat(grant(Map.of("a", "x".repeat(half), "b", "x".repeat(half))).rawParameters())
          .hasSize(2);
      assertRefused(() -> grant(Map.of("a", "x".repeat(half), "b", "x".repeat(half + 1))));
      assertRefused(() -> grant(Map.of("a", "é".repeat(half), "b", "x")));
    }

    @Test
    void takesParametersWithoutValue() {
      assertThat(grant(Map.of("a", "")).rawParameters()).containsEntry("a", "");
    }

    @Test
    void refusesParametersThatCannotBeStored() {
      assertRefused(() -> grant(Map.of("a", "\u0000")));
      assertRefused(() -> grant(Map.of("\ud800", "a")));
    }

    @Test
    void limitsWhatItEchoes() {
      assertThat(grant(Optional.of("x".repeat(4096)), Optional.empty()).state()).isPresent();
      assertRefused(() -> grant(Optional.of("x".repeat(4097)), Optional.empty()));
      assertRefused(() -> grant(Optional.of(""), Optional.empty()));
    }

    @Test
    void limitsTheChallenge() {
      assertThat(grant(Optional.empty(), challenge("x".repeat(128))).code()).isPresent();
      assertRefused(() -> grant(Optional.empty(), challenge("x".repeat(129))));
    }

    @Test
    void printsNeitherParametersNorChallenge() {
      assertThat(grant(Optional.of(CANARY), challenge(CANARY)))
          .asString()
          .startsWith("AuthorizationGrantParams")
          .doesNotContain(CANARY);
    }

    private static Map<String, String> numbered(int count) {
      return IntStream.range(0, count)
          .mapToObj(Integer::toString)
          .collect(Collectors.toMap(Function.identity(), Function.identity()));
    }

    private static Optional<CodeRequest> challenge(String challenge) {
      return Optional.of(new CodeRequest(Optional.of(new Pkce(Pkce.Method.PLAIN, challenge))));
    }

    private static AuthorizationGrantParams grant(Map<String, String> rawParameters) {
      return grant(Optional.empty(), Optional.empty(), rawParameters);
    }

    private static AuthorizationGrantParams grant(
        Optional<String> state, Optional<CodeRequest> code) {
      return grant(state, code, Map.of(CANARY, CANARY));
    }

    private static AuthorizationGrantParams grant(
        Optional<String> state, Optional<CodeRequest> code, Map<String, String> rawParameters) {
      return new AuthorizationGrantParams(
          REDIRECT,
          Scope.of("openid"),
          code,
          state,
          Optional.of(CANARY),
          ResponseMode.QUERY,
          false,
          Optional.of(CANARY),
          Optional.of("en"),
          rawParameters);
    }
  }

  @Nested
  class DeviceCodeGrant {
    @Test
    void normalisesAddressAndUserAgent() throws UnknownHostException {
      byte[] bytes = Addresses.parse("fe80::1").getAddress();

      DeviceCodeGrantParams params =
          new DeviceCodeGrantParams(
              Scope.EMPTY,
              "code",
              "ABC234",
              HOUR,
              Optional.of(Inet6Address.getByAddress("", bytes, 7)),
              Optional.of("a\u0000" + "b".repeat(2000)));

      assertThat(params.ipAddress().map(InetAddress::getHostAddress))
          .contains("fe80:0:0:0:0:0:0:1");
      assertThat(params.userAgent()).hasValueSatisfying(text -> assertThat(text).hasSize(1024));
    }

    @Test
    void refusesCodesThatCannotBeStored() {
      assertRefused(() -> grant("", "ABC234", HOUR));
      assertRefused(() -> grant("code", "", HOUR));
      assertRefused(() -> grant("code", "A".repeat(65), HOUR));
      assertRefused(() -> grant("code", "\u0000", HOUR));
    }

    @Test
    void refusesALifetimeOutOfRange() {
      assertRefused(() -> grant("code", "ABC234", Duration.ZERO));
      assertRefused(() -> grant("code", "ABC234", TOO_LONG));
    }

    @Test
    void printsNoCode() {
      assertThat(grant(CANARY, CANARY, HOUR))
          .asString()
          .startsWith("DeviceCodeGrantParams")
          .doesNotContain(CANARY);
    }

    private static DeviceCodeGrantParams grant(
        String deviceCode, String userCode, Duration expiresIn) {
      return new DeviceCodeGrantParams(
          Scope.of("openid"),
          deviceCode,
          userCode,
          expiresIn,
          Optional.empty(),
          Optional.of(CANARY));
    }
  }

  @Nested
  class Tokens {
    @Test
    void refusesTokensThatCannotBeStored() {
      assertRefused(() -> new NewTokens("", Optional.empty(), Optional.empty()));
      assertRefused(() -> new NewTokens("a", Optional.empty(), Optional.of("")));
      assertRefused(() -> new NewTokens("\ud800", Optional.empty(), Optional.empty()));
    }

    @Test
    void refusesALifetimeOutOfRange() {
      assertRefused(() -> new NewTokens("a", Optional.of(Duration.ZERO), Optional.empty()));
      assertRefused(() -> new NewTokens("a", Optional.of(HOUR.negated()), Optional.empty()));
      assertRefused(() -> new NewTokens("a", Optional.of(TOO_LONG), Optional.empty()));
    }

    @Test
    void printsNoToken() {
      assertThat(new NewTokens(CANARY, Optional.of(HOUR), Optional.of(CANARY)))
          .hasToString("NewTokens[accessTokenTtl=Optional[PT1H]]");
    }

    @Test
    void printsNothingOfAPresentedCode() {
      assertThat(new PresentedCode(CANARY, Optional.of(REDIRECT), Optional.of(CANARY)))
          .hasToString("PresentedCode[]");
    }
  }

  @Nested
  class Policy {
    @Test
    void reissuesWithoutGraceOrLimitByDefault() {
      assertThat(RotationPolicy.DEFAULT)
          .isEqualTo(
              new RotationPolicy(
                  RepeatPolicy.REISSUE_IF_UNUSED,
                  Duration.ZERO,
                  Optional.empty(),
                  Optional.empty()));
    }

    @Test
    void refusesDurationsOutOfRange() {
      assertRefused(() -> policy(HOUR.negated(), Optional.empty(), Optional.empty()));
      assertRefused(() -> policy(TOO_LONG, Optional.empty(), Optional.empty()));
      assertRefused(() -> policy(HOUR, Optional.of(Duration.ZERO), Optional.empty()));
      assertRefused(() -> policy(HOUR, Optional.empty(), Optional.of(Duration.ZERO)));
    }

    private static RotationPolicy policy(
        Duration grace, Optional<Duration> maxChainAge, Optional<Duration> maxIdle) {
      return new RotationPolicy(RepeatPolicy.REFUSE, grace, maxChainAge, maxIdle);
    }
  }

  private static void assertRefused(ThrowingCallable making) {
    assertThatExceptionOfType(InvalidInputException.class).isThrownBy(making);
  }
}
