package dev.authstore.storage.upstream;

import java.util.Optional;

/**
 * Which providers. Criteria not given do not restrict.
 *
 * @param enabled whether people may log in there
 */
public record UpstreamOAuthProviderFilter(Optional<Boolean> enabled) {

  public static UpstreamOAuthProviderFilter all() {
    return new UpstreamOAuthProviderFilter(Optional.empty());
  }

  public UpstreamOAuthProviderFilter enabled(boolean value) {
    return new UpstreamOAuthProviderFilter(Optional.of(value));
  }
}
