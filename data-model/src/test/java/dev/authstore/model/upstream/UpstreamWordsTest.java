package dev.authstore.model.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class UpstreamWordsTest {
  @Nested
  class ImportActions {
    @Test
    void areFourDegrees() {
      assertThat(those(ImportAction::isIgnored)).containsExactly(ImportAction.IGNORE);
      assertThat(those(ImportAction::isForcedOrRequired))
          .containsExactly(ImportAction.FORCE, ImportAction.REQUIRE);
      assertThat(those(ImportAction::isRequired)).containsExactly(ImportAction.REQUIRE);
    }

    @Test
    void followThePersonOnlyWhereTheySuggest() {
      assertThat(those(action -> action.shouldImport(true)))
          .containsExactly(ImportAction.SUGGEST, ImportAction.FORCE, ImportAction.REQUIRE);
      assertThat(those(action -> action.shouldImport(false)))
          .containsExactly(ImportAction.FORCE, ImportAction.REQUIRE);
    }

    private static List<ImportAction> those(Predicate<ImportAction> predicate) {
      return Arrays.stream(ImportAction.values()).filter(predicate).toList();
    }
  }

  @Nested
  class TokenAuthMethods {
    @Test
    void useASecretOrDoNot() {
      assertThat(those(method -> !method.usesSecret()))
          .containsExactly(TokenAuthMethod.NONE, TokenAuthMethod.PRIVATE_KEY_JWT);
    }

    @Test
    void haveAChoiceOfAlgorithmsWhereTheySign() {
      assertThat(those(TokenAuthMethod::choosesAlgorithm))
          .containsExactly(TokenAuthMethod.CLIENT_SECRET_JWT, TokenAuthMethod.PRIVATE_KEY_JWT);
    }

    private static List<TokenAuthMethod> those(Predicate<TokenAuthMethod> predicate) {
      return Arrays.stream(TokenAuthMethod.values()).filter(predicate).toList();
    }
  }

  @Nested
  class DiscoveryModes {
    @Test
    void discoverUnlessDisabled() {
      assertThat(DiscoveryMode.values())
          .filteredOn(DiscoveryMode::isDisabled)
          .containsExactly(DiscoveryMode.DISABLED);
    }
  }

  @Nested
  class Links {
    @Test
    void belongToAnAccountOrNot() {
      assertThat(link(Optional.empty()).isLinked()).isFalse();
      assertThat(link(Optional.of(new UUID(0, 3))).isLinked()).isTrue();
    }

    private static UpstreamOAuthLink link(Optional<UUID> user) {
      return new UpstreamOAuthLink(
          new UUID(0, 1), new UUID(0, 2), user, "subject", Optional.empty(), Instant.EPOCH);
    }
  }
}
