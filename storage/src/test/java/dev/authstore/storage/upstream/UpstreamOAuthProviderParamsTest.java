package dev.authstore.storage.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.authstore.model.Json;
import dev.authstore.model.JwsAlgorithm;
import dev.authstore.model.ResponseMode;
import dev.authstore.model.Scope;
import dev.authstore.model.upstream.AuthorizationParameter;
import dev.authstore.model.upstream.ClaimsImports;
import dev.authstore.model.upstream.ClaimsImports.Attribute;
import dev.authstore.model.upstream.ClaimsImports.Localpart;
import dev.authstore.model.upstream.DiscoveryMode;
import dev.authstore.model.upstream.ImportAction;
import dev.authstore.model.upstream.OnBackchannelLogout;
import dev.authstore.model.upstream.OnConflict;
import dev.authstore.model.upstream.PkceMode;
import dev.authstore.model.upstream.TokenAuthMethod;
import dev.authstore.storage.InvalidInputException;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class UpstreamOAuthProviderParamsTest {
  private static final String CANARY = "canary";
  private static final Optional<String> ISSUER = Optional.of("https://example.com/");
  private static final Optional<String> SECRET = Optional.of(CANARY);
  private static final Optional<JwsAlgorithm> ALGORITHM = Optional.of(JwsAlgorithm.ES256);

  @Nested
  class Client {
    @ParameterizedTest
    @EnumSource(TokenAuthMethod.class)
    void hasASecretExactlyIfItUsesOne(TokenAuthMethod method) {
      Optional<JwsAlgorithm> algorithm = method.choosesAlgorithm() ? ALGORITHM : Optional.empty();
      Optional<String> needed = method.usesSecret() ? SECRET : Optional.empty();
      Optional<String> wrong = method.usesSecret() ? Optional.empty() : SECRET;

      assertThatCode(() -> client(method, needed, algorithm)).doesNotThrowAnyException();
      assertRefused(() -> client(method, wrong, algorithm));
    }

    @ParameterizedTest
    @EnumSource(TokenAuthMethod.class)
    void hasAnAlgorithmExactlyIfItHasAChoice(TokenAuthMethod method) {
      Optional<String> secret = method.usesSecret() ? SECRET : Optional.empty();
      Optional<JwsAlgorithm> wrong = method.choosesAlgorithm() ? Optional.empty() : ALGORITHM;

      assertRefused(() -> client(method, secret, wrong));
    }

    @Test
    void hasAScope() {
      assertRefused(() -> params(ISSUER, Scope.EMPTY, DiscoveryMode.OIDC, Optional.empty()));
    }

    @Test
    void hasAnIdAndTextsThatCanBeStored() {
      assertRefused(() -> texts("", "name", "template"));
      assertRefused(() -> texts("c".repeat(8193), "name", "template"));
      assertRefused(() -> texts("client", "", "template"));
      assertRefused(() -> texts("client", "\u0000", "template"));
      assertRefused(() -> texts("client", "name", "\ud800"));
      assertRefused(() -> texts("client", "name", "t".repeat(8193)));
      assertThatCode(() -> texts("client", "name", "")).doesNotThrowAnyException();
    }

    private static void client(
        TokenAuthMethod method, Optional<String> secret, Optional<JwsAlgorithm> algorithm) {
      params(
          ISSUER,
          Scope.of("openid"),
          new Proof("client", secret, method, algorithm),
          new Way(DiscoveryMode.OIDC, Optional.empty(), Optional.empty()),
          ClaimsImports.NONE,
          List.of());
    }

    private static void texts(String clientId, String name, String template) {
      params(
          ISSUER,
          Scope.of("openid"),
          new Proof(clientId, Optional.empty(), TokenAuthMethod.NONE, Optional.empty()),
          new Way(DiscoveryMode.OIDC, Optional.empty(), Optional.empty()),
          ClaimsImports.NONE,
          List.of(new AuthorizationParameter(name, template)));
    }
  }

  @Nested
  class Provider {
    @Test
    void hasAnIssuerUnlessNothingIsDiscovered() {
      Scope scope = Scope.of("openid");

      assertRefused(() -> params(Optional.empty(), scope, DiscoveryMode.OIDC, Optional.empty()));
      assertRefused(
          () -> params(Optional.empty(), scope, DiscoveryMode.INSECURE, Optional.empty()));
      assertThatCode(
              () -> params(Optional.empty(), scope, DiscoveryMode.DISABLED, Optional.empty()))
          .doesNotThrowAnyException();
    }

    @Test
    void doesNotAnswerInTheFragment() {
      assertRefused(
          () ->
              params(
                  ISSUER,
                  Scope.of("openid"),
                  DiscoveryMode.OIDC,
                  Optional.of(ResponseMode.FRAGMENT)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"relative", "/path"})
    void hasAbsoluteEndpoints(String uri) {
      assertRefused(
          () ->
              params(
                  ISSUER,
                  Scope.of("openid"),
                  new Proof("client", Optional.empty(), TokenAuthMethod.NONE, Optional.empty()),
                  new Way(DiscoveryMode.OIDC, Optional.empty(), Optional.of(URI.create(uri))),
                  ClaimsImports.NONE,
                  List.of()));
    }
  }

  @Nested
  class Imports {
    @Test
    void resolveConflictsOnlyOfNamesThatAreImposed() {
      for (OnConflict onConflict : OnConflict.values()) {
        for (ImportAction action : ImportAction.values()) {
          ClaimsImports imports = imports(false, action, onConflict, Attribute.IGNORED);
          if (onConflict == OnConflict.FAIL || action.isForcedOrRequired()) {
            assertThatCode(() -> params(imports)).doesNotThrowAnyException();
          } else {
            assertRefused(() -> params(imports));
          }
        }
      }
    }

    @ParameterizedTest
    @EnumSource(ImportAction.class)
    void skipTheConfirmationOnlyIfTheNameIsRequired(ImportAction action) {
      ClaimsImports imports = imports(true, action, OnConflict.FAIL, Attribute.IGNORED);

      if (action.isRequired()) {
        assertThatCode(() -> params(imports)).doesNotThrowAnyException();
      } else {
        assertRefused(() -> params(imports));
      }
    }

    @ParameterizedTest
    @EnumSource(ImportAction.class)
    void suggestNothingWithoutAConfirmation(ImportAction action) {
      Attribute attribute = new Attribute(action, Optional.empty());
      ClaimsImports imports = imports(true, ImportAction.REQUIRE, OnConflict.FAIL, attribute);

      if (action == ImportAction.SUGGEST) {
        assertRefused(() -> params(imports));
      } else {
        assertThatCode(() -> params(imports)).doesNotThrowAnyException();
      }
    }

    @Test
    void haveTemplatesThatCanBeStored() {
      Attribute attribute = new Attribute(ImportAction.FORCE, Optional.of("\u0000"));

      assertRefused(() -> params(imports(false, ImportAction.IGNORE, OnConflict.FAIL, attribute)));
    }

    private static ClaimsImports imports(
        boolean skipConfirmation, ImportAction action, OnConflict onConflict, Attribute email) {
      return new ClaimsImports(
          Optional.empty(),
          skipConfirmation,
          new Localpart(action, Optional.empty(), onConflict),
          Attribute.IGNORED,
          email,
          Optional.empty());
    }

    private static void params(ClaimsImports imports) {
      UpstreamOAuthProviderParamsTest.params(
          ISSUER,
          Scope.of("openid"),
          new Proof("client", Optional.empty(), TokenAuthMethod.NONE, Optional.empty()),
          new Way(DiscoveryMode.OIDC, Optional.empty(), Optional.empty()),
          imports,
          List.of());
    }
  }

  @Nested
  class Printing {
    @Test
    void showsNoSecret() {
      UpstreamOAuthProviderParams params =
          UpstreamOAuthProviderParamsTest.params(
              Optional.of(CANARY),
              Scope.of("openid"),
              new Proof(CANARY, SECRET, TokenAuthMethod.CLIENT_SECRET_BASIC, Optional.empty()),
              new Way(DiscoveryMode.OIDC, Optional.empty(), Optional.empty()),
              ClaimsImports.NONE,
              List.of(new AuthorizationParameter(CANARY, CANARY)));

      assertThat(params)
          .hasToString(
              "UpstreamOAuthProviderParams[tokenEndpointAuthMethod=CLIENT_SECRET_BASIC,"
                  + " discoveryMode=OIDC]");
    }

    @Test
    void showsNothingOfAnAnswer() {
      Optional<Json> json = Optional.of(Json.of(CANARY));

      assertThat(new UpstreamAnswer(Optional.of(CANARY), json, json, json))
          .hasToString("UpstreamAnswer[]");
    }
  }

  @Nested
  class Answer {
    @Test
    void hasAnIdTokenThatCanBeStored() {
      for (String token : List.of("", "\u0000", "\udc00", "t".repeat((1 << 20) + 1))) {
        assertRefused(
            () ->
                new UpstreamAnswer(
                    Optional.of(token), Optional.empty(), Optional.empty(), Optional.empty()));
      }
    }
  }

  /** How the service proves who it is. */
  private record Proof(
      String clientId,
      Optional<String> secret,
      TokenAuthMethod method,
      Optional<JwsAlgorithm> algorithm) {}

  /** How the provider is found and answers. */
  private record Way(
      DiscoveryMode discovery, Optional<ResponseMode> responseMode, Optional<URI> endpoint) {}

  private static void params(
      Optional<String> issuer,
      Scope scope,
      DiscoveryMode discovery,
      Optional<ResponseMode> responseMode) {
    params(
        issuer,
        scope,
        new Proof("client", Optional.empty(), TokenAuthMethod.NONE, Optional.empty()),
        new Way(discovery, responseMode, Optional.empty()),
        ClaimsImports.NONE,
        List.of());
  }

  private static UpstreamOAuthProviderParams params(
      Optional<String> issuer,
      Scope scope,
      Proof proof,
      Way way,
      ClaimsImports imports,
      List<AuthorizationParameter> parameters) {
    return new UpstreamOAuthProviderParams(
        issuer,
        Optional.empty(),
        Optional.empty(),
        scope,
        proof.clientId(),
        proof.secret(),
        proof.method(),
        proof.algorithm(),
        JwsAlgorithm.RS256,
        false,
        Optional.empty(),
        way.discovery(),
        PkceMode.AUTO,
        way.responseMode(),
        way.endpoint(),
        way.endpoint(),
        way.endpoint(),
        way.endpoint(),
        imports,
        parameters,
        false,
        OnBackchannelLogout.DO_NOTHING,
        false,
        0);
  }

  private static void assertRefused(ThrowingCallable making) {
    assertThatExceptionOfType(InvalidInputException.class).isThrownBy(making);
  }
}
