package dev.authstore.storage.page;

import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * The sessions that one call has ended.
 *
 * @param sessionIds ascending
 * @param userIds whose they were
 */
public record FinishedSessions(List<UUID> sessionIds, Set<UUID> userIds) {

  public FinishedSessions {
    sessionIds = List.copyOf(sessionIds);
    userIds = Set.copyOf(userIds);
  }
}
