package dev.authstore.storage.pg;

import dev.authstore.model.oauth2.ClientAuthMethod;
import dev.authstore.model.oauth2.GrantType;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.storage.oauth2.OAuth2ClientParams;
import dev.authstore.storage.oauth2.StaticOAuth2ClientParams;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** Rows of OAuth 2.0 that operations hang theirs under. */
public final class OAuth2Fixture {
  private OAuth2Fixture() {}

  /** A dynamic client that may ask for codes. */
  public static OAuth2Client client(Store store) {
    return store.write(repo -> repo.oauth2Clients().add(params(Optional.empty())));
  }

  /** What such a client registers. */
  public static OAuth2ClientParams params(Optional<String> metadataDigest) {
    return new OAuth2ClientParams(
        List.of(URI.create("https://" + Fixture.CANARY + ".example.com/callback")),
        metadataDigest,
        Optional.empty(),
        Optional.empty(),
        Set.of(GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN),
        Optional.of(Fixture.CANARY + " client"),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.of(ClientAuthMethod.NONE),
        Optional.empty(),
        Optional.empty());
  }

  /** A client of the configuration. */
  public static StaticOAuth2ClientParams ofConfiguration(UUID id) {
    return new StaticOAuth2ClientParams(
        id,
        List.of(),
        ClientAuthMethod.NONE,
        Optional.empty(),
        Optional.of(Fixture.CANARY + " static"),
        Optional.empty(),
        Optional.empty());
  }
}
