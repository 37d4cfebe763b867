package dev.authstore.benchmarks.operations;

import dev.authstore.model.SessionActivity;
import dev.authstore.model.user.User;
import dev.authstore.storage.app.ActiveSessionCounts;
import dev.authstore.storage.compat.ActiveCompatToken;
import dev.authstore.storage.personal.ActivePersonalToken;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Other tokens, and what is done beside requests. */
interface OtherOperations {

  Optional<ActiveCompatToken> findCompatToken(String accessToken);

  Optional<ActivePersonalToken> findPersonalToken(String accessToken);

  ActiveSessionCounts countActive(User user);

  /** Returns how many of the sessions there are. */
  int recordActivity(List<SessionActivity> activity);

  UUID enqueue(String queueName);
}
