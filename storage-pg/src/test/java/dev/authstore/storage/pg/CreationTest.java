package dev.authstore.storage.pg;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * The creating operations. That each returns what is read again is tested beside its repository, in
 * the {@code CreationTest} of the group: whoever adds one adds it there and here.
 */
class CreationTest {
  @Test
  void operationsAreAllHere() {
    Set<String> creating =
        Operations.all().stream()
            .map(Operations.Operation::name)
            .filter(name -> name.matches("[a-z0-9_]+\\.(add.*|authenticate_with.*|login|start_.*)"))
            .collect(Collectors.toSet());

    assertThat(creating)
        .containsExactlyInAnyOrder(
            "user.add",
            "user.add_if_available",
            "user_email.add",
            "user_email.add_if_unused",
            "user_email.add_authentication_for_session",
            "user_email.add_authentication_for_registration",
            "user_email.add_authentication_code",
            "user_password.add",
            "user_recovery.add_session",
            "user_recovery.add_ticket",
            "user_registration.add",
            "user_registration_token.add",
            "browser_session.add",
            "browser_session.authenticate_with_password",
            "browser_session.authenticate_with_upstream",
            "browser_session.login",
            "compat_session.add",
            "compat_sso_login.add",
            "compat_access_token.add",
            "compat_refresh_token.add",
            "oauth2_client.add",
            "oauth2_session.add",
            "oauth2_session.add_from_browser_session",
            "oauth2_session.add_from_client_credentials",
            "oauth2_session.start_client_credentials",
            "oauth2_authorization_grant.add",
            "oauth2_device_code_grant.add",
            "personal_session.add",
            "personal_access_token.add",
            "oauth2_access_token.add",
            "oauth2_refresh_token.add",
            "upstream_oauth_provider.add",
            "upstream_oauth_link.add",
            "upstream_oauth_authorization_session.add");
  }
}
