package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.oauth2.Tokens.refreshText;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.user.User;
import dev.authstore.storage.oauth2.Introspection;
import dev.authstore.storage.oauth2.RefreshIntrospection;
import dev.authstore.storage.pg.OAuth2Fixture;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.pg.oauth2.Tokens.Grant;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

class OAuth2IntrospectionRepositoryTest {
  @RegisterExtension final Store store = Store.fresh();

  private final Tokens tokens = new Tokens(store);

  private enum Account {
    NONE,
    VALID,
    LOCKED,
    DEACTIVATED
  }

  private enum Token {
    VALID,
    REVOKED,
    EXPIRED,
    CONSUMED,
    UNKNOWN,
    MALFORMED
  }

  /** What an introspection finds. */
  private record Setting(Token token, boolean finished, Account account) {
    private boolean isForAccessTokens() {
      return token != Token.CONSUMED;
    }

    private boolean isForRefreshTokens() {
      return token != Token.EXPIRED;
    }

    private String reason() {
      return switch (token) {
        case MALFORMED, UNKNOWN -> "UNKNOWN";
        case REVOKED, EXPIRED, CONSUMED -> token.name();
        case VALID -> reasonOfOwners();
      };
    }

    private String reasonOfOwners() {
      if (finished) {
        return "SESSION_FINISHED";
      }
      return account == Account.LOCKED || account == Account.DEACTIVATED ? "USER_INVALID" : "";
    }

    private int statements() {
      return token == Token.MALFORMED ? 0 : 1;
    }
  }

  private static Stream<Setting> settings() {
    return Arrays.stream(Token.values())
        .flatMap(
            token ->
                Stream.of(false, true)
                    .flatMap(
                        finished ->
                            Arrays.stream(Account.values())
                                .map(account -> new Setting(token, finished, account))));
  }

  @TestFactory
  Stream<DynamicTest> ofAnAccessToken() {
    return settings()
        .filter(Setting::isForAccessTokens)
        .map(
            setting ->
                dynamicTest(
                    setting.toString(),
                    () -> {
                      Grant grant = grant(setting);
                      String text = presented(setting, grant.accessText());
                      store.statements();

                      Introspection worth = tokens.introspect(text);

                      assertThat(store.statements()).hasSize(setting.statements());
                      assertThat(reason(worth)).isEqualTo(setting.reason());
                      assertThat(tokens.stored(grant.access()).isUsed()).isFalse();
                    }));
  }

  @TestFactory
  Stream<DynamicTest> ofAnAccessTokenMarksTheFirstUseOfAnActiveOneOnly() {
    return settings()
        .filter(Setting::isForAccessTokens)
        .map(
            setting ->
                dynamicTest(
                    setting.toString(),
                    () -> {
                      Grant grant = grant(setting);
                      String text = presented(setting, grant.accessText());
                      boolean active = setting.reason().isEmpty();
                      store.statements();

                      Introspection worth = tokens.use(text);

                      assertThat(store.statements()).hasSize(setting.statements());
                      assertThat(reason(worth)).isEqualTo(setting.reason());
                      assertThat(tokens.stored(grant.access()).firstUsedAt())
                          .isEqualTo(active ? Optional.of(tokens.now()) : Optional.empty());
                    }));
  }

  @TestFactory
  Stream<DynamicTest> ofARefreshToken() {
    return settings()
        .filter(Setting::isForRefreshTokens)
        .map(
            setting ->
                dynamicTest(
                    setting.toString(),
                    () -> {
                      Grant grant = grant(setting);
                      String text = presented(setting, grant.refreshText());
                      store.statements();

                      RefreshIntrospection worth = tokens.introspectRefresh(text);

                      assertThat(store.statements()).hasSize(setting.statements());
                      assertThat(reason(worth)).isEqualTo(setting.reason());
                    }));
  }

  private Grant grant(Setting setting) {
    Grant grant =
        setting.account() == Account.NONE ? tokens.grant() : tokens.grant(account(setting));
    switch (setting.token()) {
      case REVOKED ->
          store.run(
              repo -> {
                repo.oauth2AccessTokens().revoke(grant.access());
                repo.oauth2RefreshTokens().revoke(grant.refresh());
              });
      case CONSUMED -> tokens.rotated(grant, Tokens.pair());
      case EXPIRED -> store.clock().advance(Tokens.TTL);
      case VALID, UNKNOWN, MALFORMED -> {}
    }
    if (setting.finished()) {
      tokens.finish(grant.session());
    }
    if (setting.account() == Account.LOCKED) {
      store.sql("UPDATE users SET locked_at = created_at");
    }
    if (setting.account() == Account.DEACTIVATED) {
      store.sql("UPDATE users SET deactivated_at = created_at");
    }
    return grant;
  }

  private User account(Setting setting) {
    return tokens.user(setting + " " + Tokens.accessText());
  }

  private static String presented(Setting setting, String text) {
    return switch (setting.token()) {
      case UNKNOWN -> text.startsWith("mat") ? Tokens.accessText() : refreshText();
      case MALFORMED -> text.substring(1);
      default -> text;
    };
  }

  private static String reason(Introspection worth) {
    return worth instanceof Introspection.Inactive inactive ? inactive.reason().name() : "";
  }

  private static String reason(RefreshIntrospection worth) {
    return worth instanceof RefreshIntrospection.Inactive inactive ? inactive.reason().name() : "";
  }

  @Nested
  class AccessTokens {
    @Test
    void tellEverythingAboutAUser() {
      User john = tokens.user("john");
      Grant grant = tokens.grant(john);

      Introspection worth = tokens.introspect(grant.accessText());

      assertThat(worth)
          .isEqualTo(
              new Introspection.Active(
                  grant.access(), grant.session(), grant.client(), Optional.of(john)));
    }

    @Test
    void tellOfNoUserIfTheClientActsForItself() {
      Grant grant = tokens.grant();

      Introspection worth = tokens.introspect(grant.accessText());

      assertThat(worth)
          .isEqualTo(
              new Introspection.Active(
                  grant.access(), grant.session(), grant.client(), Optional.empty()));
    }

    @Test
    void tellOfAStaticClient() {
      OAuth2Client client =
          store.write(
              repo ->
                  repo.oauth2Clients().upsertStatic(OAuth2Fixture.ofConfiguration(new UUID(0, 7))));
      String text = Tokens.accessText();
      tokens.access(OAuth2Fixture.session(store, client), text);

      assertThat(((Introspection.Active) tokens.introspect(text)).client()).isEqualTo(client);
    }

    @Test
    void areNoneIfTheyAreRefreshTokens() {
      Grant grant = tokens.grant();

      tokens.assertInactive(grant.refreshText(), Introspection.Reason.UNKNOWN);
      tokens.assertRefreshInactive(grant.accessText(), RefreshIntrospection.Reason.UNKNOWN);
    }

    @Test
    void lastToTheMicrosecond() {
      Grant grant = tokens.grant();
      store.clock().advance(Tokens.TTL.minusNanos(1_000));
      tokens.assertActive(grant.accessText());

      store.clock().advance(Duration.ofNanos(1_000));

      tokens.assertInactive(grant.accessText(), Introspection.Reason.EXPIRED);
    }

    @Test
    void showTheirFirstUse() {
      Grant grant = tokens.grant();
      Instant first = tokens.now();
      Introspection used = tokens.use(grant.accessText());
      store.clock().advance(Duration.ofMinutes(1));

      Introspection again = tokens.use(grant.accessText());

      assertThat(((Introspection.Active) used).token().firstUsedAt()).contains(first);
      assertThat(again).isEqualTo(used);
      assertThat(tokens.introspect(grant.accessText())).isEqualTo(used);
    }

    @Test
    void areWorthTheFirstOfSeveralReasons() {
      User john = tokens.user("john");
      Grant grant = tokens.grant(john);
      store.run(repo -> repo.users().lock(john));
      tokens.assertInactive(grant.accessText(), Introspection.Reason.USER_INVALID);

      tokens.finish(grant.session());
      tokens.assertInactive(grant.accessText(), Introspection.Reason.SESSION_FINISHED);

      store.clock().advance(Tokens.TTL);
      tokens.assertInactive(grant.accessText(), Introspection.Reason.EXPIRED);

      store.run(repo -> repo.oauth2AccessTokens().revoke(grant.access()));
      tokens.assertInactive(grant.accessText(), Introspection.Reason.REVOKED);
    }
  }

  @Nested
  class RefreshTokens {
    @Test
    void tellEverythingAboutAUser() {
      User john = tokens.user("john");
      Grant grant = tokens.grant(john);

      RefreshIntrospection worth = tokens.introspectRefresh(grant.refreshText());

      assertThat(worth)
          .isEqualTo(
              new RefreshIntrospection.Active(
                  grant.refresh(), grant.session(), grant.client(), Optional.of(john)));
    }

    @Test
    void doNotExpire() {
      Grant grant = tokens.grant();
      store.clock().advance(Duration.ofDays(36_500));

      tokens.assertRefreshActive(grant.refreshText());
    }
  }
}
