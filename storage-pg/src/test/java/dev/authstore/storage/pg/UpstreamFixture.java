package dev.authstore.storage.pg;

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
import dev.authstore.storage.upstream.UpstreamOAuthProviderParams;
import java.net.URI;
import java.util.List;
import java.util.Optional;

/** How providers of tests are configured. */
public final class UpstreamFixture {
  private UpstreamFixture() {}

  /** A public client without anything that may be left out. */
  public static UpstreamOAuthProviderParams minimal() {
    return minimal(0);
  }

  /** The same in some place of the user interface. */
  public static UpstreamOAuthProviderParams minimal(int uiOrder) {
    return new UpstreamOAuthProviderParams(
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Scope.of("openid"),
        Fixture.CANARY + " client",
        Optional.empty(),
        TokenAuthMethod.NONE,
        Optional.empty(),
        JwsAlgorithm.RS256,
        false,
        Optional.empty(),
        DiscoveryMode.DISABLED,
        PkceMode.AUTO,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        ClaimsImports.NONE,
        List.of(),
        false,
        OnBackchannelLogout.DO_NOTHING,
        false,
        uiOrder);
  }

  /** Everything that can be given, and nothing as it would be by default. */
  public static UpstreamOAuthProviderParams full() {
    return new UpstreamOAuthProviderParams(
        Optional.of("https://" + Fixture.CANARY + ".example.com/"),
        Optional.of(Fixture.CANARY + " name"),
        Optional.of(Fixture.CANARY + " brand"),
        Scope.of("openid", "email", "profile"),
        Fixture.CANARY + " client",
        Optional.of(Fixture.CANARY + " secret"),
        TokenAuthMethod.CLIENT_SECRET_JWT,
        Optional.of(JwsAlgorithm.HS512),
        JwsAlgorithm.ES256,
        true,
        Optional.of(JwsAlgorithm.PS384),
        DiscoveryMode.INSECURE,
        PkceMode.S256,
        Optional.of(ResponseMode.FORM_POST),
        Optional.of(endpoint("authorize")),
        Optional.of(endpoint("token")),
        Optional.of(endpoint("userinfo")),
        Optional.of(endpoint("jwks")),
        new ClaimsImports(
            Optional.of("{{ user.id }}"),
            true,
            new Localpart(ImportAction.REQUIRE, Optional.of("{{ user.nick }}"), OnConflict.SET),
            new Attribute(ImportAction.FORCE, Optional.of("{{ user.full_name }}")),
            new Attribute(ImportAction.REQUIRE, Optional.of("{{ user.mail }}")),
            Optional.of("@{{ user.nick }}")),
        List.of(
            new AuthorizationParameter("prompt", "consent"),
            new AuthorizationParameter("audience", "\"{{ one }}\""),
            new AuthorizationParameter("audience", "")),
        true,
        OnBackchannelLogout.LOGOUT_ALL,
        true,
        7);
  }

  private static URI endpoint(String path) {
    return URI.create("https://" + Fixture.CANARY + ".example.com/" + path);
  }
}
