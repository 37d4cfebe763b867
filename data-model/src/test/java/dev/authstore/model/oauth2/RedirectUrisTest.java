package dev.authstore.model.oauth2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.authstore.model.oauth2.RedirectUriResolution.Reason;
import dev.authstore.model.oauth2.RedirectUriResolution.Refused;
import dev.authstore.model.oauth2.RedirectUriResolution.Resolved;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RedirectUrisTest {

  @Nested
  class Normalise {
    @ParameterizedTest
    @CsvSource({
      "HTTPS://EXAMPLE.org:443/CB, https://example.org/CB",
      "http://example.org:80, http://example.org/",
      "http://example.org:443/, http://example.org:443/",
      "http://example.org:/, http://example.org/",
      "https://example.org/a/./b/../c, https://example.org/a/c",
      "https://example.org/../../a/.., https://example.org/",
      "https://example.org/a//b/, https://example.org/a//b/",
      "https://User@EXAMPLE.org/?Q=%c3#F, https://User@example.org/?Q=%c3#F",
      "https://example.org/%2e%2E/%7e, https://example.org/%2e%2E/%7e",
      "http://[::1]:8080, http://[::1]:8080/",
      "myapp://Host, myapp://host",
      "https://my_host:443/cb, https://my_host/cb"
    })
    void bringsUrisIntoOneForm(URI uri, String expected) {
      URI normalised = RedirectUris.normalise(uri);

      assertThat(normalised).hasToString(expected);
      assertThat(RedirectUris.normalise(normalised)).hasToString(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"org.example.app:/callback", "org.example:/a/../b", "urn:ietf:wg:oob"})
    void leavesUrisWithoutAuthority(URI uri) {
      assertThat(RedirectUris.normalise(uri)).isSameAs(uri);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "https://example.org:port/cb",
          "https://example.org:8x/cb",
          "https://a:b:c/cb",
          "https://:443/cb",
          "https://user@/cb",
          "myapp://:"
        })
    void refusesAnAuthorityWithoutHostOrPortNumber(URI uri) {
      assertThatIllegalArgumentException().isThrownBy(() -> RedirectUris.normalise(uri));
    }
  }

  @Nested
  class Resolve {
    @Test
    void failsIfNoneIsRegistered() {
      Refused refused = new Refused(Reason.NONE_REGISTERED);

      assertThat(client().resolveRedirectUri(Optional.empty())).isEqualTo(refused);
      assertThat(client().resolveRedirectUri(requested("https://example.org/"))).isEqualTo(refused);
    }

    @Test
    void takesTheOnlyOneIfNoneIsRequested() {
      OAuth2Client client = client("https://example.org/cb");

      assertThat(client.resolveRedirectUri(Optional.empty()))
          .isEqualTo(new Resolved(URI.create("https://example.org/cb")));
    }

    @Test
    void failsIfNoneOfSeveralIsRequested() {
      OAuth2Client client = client("https://example.org/a", "https://example.org/b");

      assertThat(client.resolveRedirectUri(Optional.empty()))
          .isEqualTo(new Refused(Reason.MULTIPLE_REGISTERED));
    }

    @ParameterizedTest
    @CsvSource({
      "http://127.0.0.1, http://127.0.0.1",
      "http://127.0.0.1, http://127.0.0.1/",
      "http://127.0.0.1, http://127.0.0.1:8080/",
      "http://[::1]/cb, http://[::1]:9/cb",
      "http://localhost/cb, http://LOCALHOST:9/cb",
      "https://example.org, https://EXAMPLE.org:443/",
      "http://localhost:3000/cb, http://localhost:3000/cb",
      "org.example.app:/callback, org.example.app:/callback"
    })
    void takesTheRequestedUriWithItsPort(String registered, URI requested) {
      OAuth2Client client = client(registered, "https://other.example/");

      assertThat(client.resolveRedirectUri(Optional.of(requested)))
          .isEqualTo(new Resolved(requested));
    }

    @ParameterizedTest
    @CsvSource({
      "http://127.0.0.1, http://localhost/",
      "http://127.0.0.1, http://127.0.0.1:8080/x",
      "http://127.0.0.1, https://127.0.0.1/",
      "http://127.0.0.1, http://[::1]/",
      "http://127.0.0.1, http://127.1/",
      "http://localhost:3000/cb, http://localhost:3001/cb",
      "http://localhost:3000/cb, http://localhost/cb",
      "https://example.org, https://example.org:8080",
      "https://example.org/%c3, https://example.org/%C3",
      "org.example.app:/callback, org.example.app:/callback/",
      "http://127.0.0.1, http://127.0.0.1:port/",
      "https://example.org, https://example.org:8x/",
      "https://example.org, https://user@/",
      "myapp://host, myapp://:"
    })
    void refusesOthers(String registered, URI requested) {
      assertThat(client(registered).resolveRedirectUri(Optional.of(requested)))
          .isEqualTo(new Refused(Reason.NOT_ALLOWED));
    }

    @Test
    void passesOverARegisteredOneThatIsMalformed() {
      URI malformed = URI.create("https://example.org:port/");
      URI requested = URI.create("https://example.org/");
      List<URI> registered = List.of(malformed, requested);

      assertThat(resolve(registered, requested)).isEqualTo(new Resolved(requested));
      assertThat(resolve(registered, malformed)).isEqualTo(new Refused(Reason.NOT_ALLOWED));
    }

    @ParameterizedTest
    @CsvSource({
      "http://127.0.0.1:3000/cb, http://127.0.0.1:3001/cb, true",
      "http://127.0.0.1:3000/cb, http://127.0.0.1/cb, true",
      "http://127.0.0.1/cb, http://127.0.0.1:3001/cb, true",
      "http://[::1]:3000/cb, http://[::1]:3001/cb, true",
      "http://[::1]:3000/cb, http://127.0.0.1:3000/cb, false",
      "http://127.0.0.1:3000/cb, http://127.0.0.1:3001/other, false",
      "http://localhost:3000/cb, http://localhost:3001/cb, false",
      "http://example.org:3000/cb, http://example.org:3001/cb, false"
    })
    void mayIgnoreThePortOfLoopbackLiterals(String registered, URI requested, boolean allowed) {
      RedirectUriResolution resolution =
          client(registered)
              .resolveRedirectUri(Optional.of(requested), LoopbackPorts.ANY_FOR_LITERALS);

      assertThat(resolution)
          .isEqualTo(allowed ? new Resolved(requested) : new Refused(Reason.NOT_ALLOWED));
    }
  }

  private static RedirectUriResolution resolve(List<URI> registered, URI requested) {
    return RedirectUris.resolve(registered, Optional.of(requested), LoopbackPorts.AS_REGISTERED);
  }

  private static Optional<URI> requested(String uri) {
    return Optional.of(URI.create(uri));
  }

  private static OAuth2Client client(String... redirectUris) {
    return new OAuth2Client(
        new UUID(0, 1),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Stream.of(redirectUris).map(URI::create).map(RedirectUris::normalise).toList(),
        Set.of(),
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
        Optional.empty(),
        false);
  }
}
