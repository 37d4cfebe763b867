package dev.authstore.model.oauth2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.authstore.model.JwsAlgorithm;
import dev.authstore.model.ResponseMode;
import dev.authstore.model.Scope;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OAuth2StagesTest {
  private static final Instant AT = Instant.parse("2022-01-16T14:40:00Z");
  private static final Duration TEN_MINUTES = Duration.ofMinutes(10);
  private static final UUID ID = new UUID(0, 1);
  private static final UUID OTHER = new UUID(0, 2);

  @Nested
  class Session {
    @Test
    void isValidUntilItIsFinished() {
      OAuth2Session valid = session(new OAuth2SessionStage.Valid());
      OAuth2Session finished = session(new OAuth2SessionStage.Finished(AT));

      assertThat(valid.isValid()).isTrue();
      assertThat(valid.isFinished()).isFalse();
      assertThat(valid.finishedAt()).isEmpty();
      assertThat(finished.isValid()).isFalse();
      assertThat(finished.isFinished()).isTrue();
      assertThat(finished.finishedAt()).contains(AT);
    }
  }

  @Nested
  class AccessToken {
    @Test
    void isExpiredFromItsInstantOn() {
      OAuth2AccessToken token = accessToken(Optional.of(AT), new OAuth2AccessTokenStage.Valid());

      assertThat(token.isValid(AT.minusNanos(1000))).isTrue();
      assertThat(token.isValid(AT)).isFalse();
      assertThat(token.isExpired(AT)).isTrue();
    }

    @Test
    void neverExpiresWithoutAnInstant() {
      OAuth2AccessToken token = accessToken(Optional.empty(), new OAuth2AccessTokenStage.Valid());

      assertThat(token.isValid(AT.plus(Duration.ofDays(36_500)))).isTrue();
    }

    @Test
    void isNotValidOnceRevoked() {
      OAuth2AccessToken token =
          accessToken(Optional.empty(), new OAuth2AccessTokenStage.Revoked(AT));

      assertThat(token.isValid(AT)).isFalse();
      assertThat(token.isRevoked()).isTrue();
      assertThat(token.revokedAt()).contains(AT);
    }

    @Test
    void isUsedOnceItWasSeen() {
      OAuth2AccessTokenStage stage = new OAuth2AccessTokenStage.Valid();
      OAuth2AccessToken used =
          new OAuth2AccessToken(ID, OTHER, AT, Optional.empty(), stage, Optional.of(AT));

      assertThat(used.isUsed()).isTrue();
      assertThat(accessToken(Optional.empty(), stage).isUsed()).isFalse();
    }

    @Test
    void isCalledByItsId() {
      assertThat(accessToken(Optional.empty(), new OAuth2AccessTokenStage.Valid()).jti())
          .isEqualTo("00000000-0000-0000-0000-000000000001");
    }
  }

  @Nested
  class RefreshToken {
    @Test
    void isValidUntilItIsUsedOrRevoked() {
      OAuth2RefreshToken valid = refreshToken(new OAuth2RefreshTokenStage.Valid());
      OAuth2RefreshToken consumed =
          refreshToken(new OAuth2RefreshTokenStage.Consumed(AT, Optional.of(OTHER)));
      OAuth2RefreshToken revoked = refreshToken(new OAuth2RefreshTokenStage.Revoked(AT));

      assertThat(valid.isValid()).isTrue();
      assertThat(consumed.isValid()).isFalse();
      assertThat(consumed.isConsumed()).isTrue();
      assertThat(revoked.isValid()).isFalse();
      assertThat(revoked.isRevoked()).isTrue();
    }

    @Test
    void knowsItsSuccessorOnlyOnceUsed() {
      assertThat(
              refreshToken(new OAuth2RefreshTokenStage.Consumed(AT, Optional.of(OTHER)))
                  .nextRefreshTokenId())
          .contains(OTHER);
      assertThat(refreshToken(new OAuth2RefreshTokenStage.Valid()).nextRefreshTokenId()).isEmpty();
    }

    @Test
    void isCalledByItsId() {
      assertThat(refreshToken(new OAuth2RefreshTokenStage.Valid()).jti())
          .isEqualTo("00000000-0000-0000-0000-000000000001");
    }
  }

  @Nested
  class AuthorizationGrant {
    @Test
    void expiresFromItsFulfilmentOn() {
      OAuth2AuthorizationGrant grant =
          grant(new OAuth2AuthorizationGrantStage.Fulfilled(OTHER, AT));

      assertThat(grant.isFulfilled()).isTrue();
      assertThat(grant.isCodeExpired(AT.plus(TEN_MINUTES).minusNanos(1000), TEN_MINUTES)).isFalse();
      assertThat(grant.isCodeExpired(AT.plus(TEN_MINUTES), TEN_MINUTES)).isTrue();
    }

    @Test
    void doesNotExpireBefore() {
      OAuth2AuthorizationGrant grant = grant(new OAuth2AuthorizationGrantStage.Pending());

      assertThat(grant.isPending()).isTrue();
      assertThat(grant.isCodeExpired(AT.plus(Duration.ofDays(7)), TEN_MINUTES)).isFalse();
    }

    @Test
    void remembersItsFulfilmentWhenExchanged() {
      OAuth2AuthorizationGrant grant =
          grant(new OAuth2AuthorizationGrantStage.Exchanged(OTHER, AT, AT.plusSeconds(1)));

      assertThat(grant.isExchanged()).isTrue();
      assertThat(grant.fulfilledAt()).contains(AT);
    }

    @Test
    void wasNotFulfilledWhenCancelled() {
      OAuth2AuthorizationGrant grant = grant(new OAuth2AuthorizationGrantStage.Cancelled(AT));

      assertThat(grant.isCancelled()).isTrue();
      assertThat(grant.fulfilledAt()).isEmpty();
    }

    @Test
    void sortsItsParameters() {
      OAuth2AuthorizationGrant grant = grant(new OAuth2AuthorizationGrantStage.Pending());

      assertThat(grant.rawParameters().keySet()).containsExactly("A", "b", "c");
    }
  }

  @Nested
  class DeviceCodeGrant {
    @Test
    void isExpiredFromItsInstantOnInEveryStage() {
      OAuth2DeviceCodeGrant grant = deviceGrant(new OAuth2DeviceCodeGrantStage.Pending());

      assertThat(grant.isPending()).isTrue();
      assertThat(grant.isExpired(AT.plus(TEN_MINUTES).minusNanos(1000))).isFalse();
      assertThat(grant.isExpired(AT.plus(TEN_MINUTES))).isTrue();
    }

    @Test
    void isInOneStage() {
      assertThat(deviceGrant(new OAuth2DeviceCodeGrantStage.Fulfilled(OTHER, AT)).isFulfilled())
          .isTrue();
      assertThat(deviceGrant(new OAuth2DeviceCodeGrantStage.Rejected(OTHER, AT)).isRejected())
          .isTrue();
      assertThat(
              deviceGrant(new OAuth2DeviceCodeGrantStage.Exchanged(OTHER, AT, AT, ID))
                  .isExchanged())
          .isTrue();
    }
  }

  @Nested
  class OpenNames {
    @ParameterizedTest
    @ValueSource(strings = {"", "a\u0000"})
    void mustBeStorable(String name) {
      assertThatIllegalArgumentException().isThrownBy(() -> new GrantType(name));
      assertThatIllegalArgumentException().isThrownBy(() -> new ClientAuthMethod(name));
      assertThatIllegalArgumentException().isThrownBy(() -> new ApplicationType(name));
      assertThatIllegalArgumentException().isThrownBy(() -> new JwsAlgorithm(name));
    }

    @Test
    void areNoLongerThan255Bytes() {
      assertThat(new GrantType("é".repeat(127)).value()).hasSize(127);
      assertThatIllegalArgumentException().isThrownBy(() -> new GrantType("é".repeat(128)));
    }
  }

  private static OAuth2Session session(OAuth2SessionStage stage) {
    return new OAuth2Session(
        ID,
        OTHER,
        Optional.empty(),
        Optional.empty(),
        Scope.EMPTY,
        AT,
        stage,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private static OAuth2AccessToken accessToken(
      Optional<Instant> expiresAt, OAuth2AccessTokenStage stage) {
    return new OAuth2AccessToken(ID, OTHER, AT, expiresAt, stage, Optional.empty());
  }

  private static OAuth2RefreshToken refreshToken(OAuth2RefreshTokenStage stage) {
    return new OAuth2RefreshToken(ID, OTHER, Optional.empty(), AT, stage);
  }

  private static OAuth2AuthorizationGrant grant(OAuth2AuthorizationGrantStage stage) {
    return new OAuth2AuthorizationGrant(
        ID,
        OTHER,
        URI.create("https://example.org/"),
        Scope.EMPTY,
        Optional.of(new CodeRequest(Optional.empty())),
        Optional.empty(),
        Optional.empty(),
        ResponseMode.QUERY,
        false,
        Optional.empty(),
        Optional.empty(),
        Map.of("c", "3", "A", "1", "b", "2"),
        AT,
        stage);
  }

  private static OAuth2DeviceCodeGrant deviceGrant(OAuth2DeviceCodeGrantStage stage) {
    return new OAuth2DeviceCodeGrant(
        ID,
        OTHER,
        Scope.EMPTY,
        "ABC234",
        AT,
        AT.plus(TEN_MINUTES),
        stage,
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }
}
