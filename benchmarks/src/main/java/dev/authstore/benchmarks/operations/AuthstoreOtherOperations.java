package dev.authstore.benchmarks.operations;

import dev.authstore.model.Json;
import dev.authstore.model.SessionActivity;
import dev.authstore.model.user.User;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.app.ActiveSessionCounts;
import dev.authstore.storage.compat.ActiveCompatToken;
import dev.authstore.storage.personal.ActivePersonalToken;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** As a program that uses the library writes it. */
final class AuthstoreOtherOperations implements OtherOperations {
  private final RepositoryFactory repositories;

  AuthstoreOtherOperations(RepositoryFactory repositories) {
    this.repositories = repositories;
  }

  @Override
  public Optional<ActiveCompatToken> findCompatToken(String accessToken) {
    return repositories.read(repo -> repo.compatAccessTokens().findActive(accessToken));
  }

  @Override
  public Optional<ActivePersonalToken> findPersonalToken(String accessToken) {
    return repositories.read(repo -> repo.personalAccessTokens().findActive(accessToken));
  }

  @Override
  public ActiveSessionCounts countActive(User user) {
    return repositories.read(repo -> repo.appSessions().countForLimiting(user));
  }

  @Override
  public int recordActivity(List<SessionActivity> activity) {
    return repositories.direct(repo -> repo.oauth2Sessions().recordBatchActivity(activity));
  }

  @Override
  public UUID enqueue(String queueName) {
    return repositories.direct(repo -> repo.queueJobs().schedule(queueName, Json.NULL));
  }
}
