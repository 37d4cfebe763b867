package dev.authstore.storage.compat;

import dev.authstore.model.compat.CompatSsoLoginStatus;
import java.util.Optional;
import java.util.UUID;

/**
 * Which logins through the browser. Criteria not given do not restrict; those given must all hold.
 *
 * @param user in whose browser session they were approved; pending ones are nobody's
 * @param status how far they have come
 */
public record CompatSsoLoginFilter(Optional<UUID> user, Optional<CompatSsoLoginStatus> status) {

  public static CompatSsoLoginFilter all() {
    return new CompatSsoLoginFilter(Optional.empty(), Optional.empty());
  }

  public CompatSsoLoginFilter user(UUID id) {
    return new CompatSsoLoginFilter(Optional.of(id), status);
  }

  public CompatSsoLoginFilter status(CompatSsoLoginStatus value) {
    return new CompatSsoLoginFilter(user, Optional.of(value));
  }
}
