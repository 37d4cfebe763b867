package dev.authstore.benchmarks.operations;

import dev.authstore.model.SessionActivity;
import dev.authstore.model.user.User;
import dev.authstore.storage.app.ActiveSessionCounts;
import dev.authstore.storage.compat.ActiveCompatToken;
import dev.authstore.storage.personal.ActivePersonalToken;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The same by hand. */
final class JdbcOtherOperations implements OtherOperations {
  private final Jdbc jdbc;

  JdbcOtherOperations(Jdbc jdbc) {
    this.jdbc = jdbc;
  }

  @Override
  public Optional<ActiveCompatToken> findCompatToken(String accessToken) {
    return jdbc.find(
        Operation.FIND_COMPAT_TOKEN,
        statement -> {
          statement.setBytes(1, Jdbc.digest(accessToken));
          statement.setObject(2, Jdbc.time(Jdbc.now()));
        },
        rows ->
            new ActiveCompatToken(
                Rows.compatToken(rows, 1), Rows.compatSession(rows, 5), Rows.user(rows, 16)));
  }

  @Override
  public Optional<ActivePersonalToken> findPersonalToken(String accessToken) {
    return jdbc.find(
        Operation.FIND_PERSONAL_TOKEN,
        statement -> {
          statement.setBytes(1, Jdbc.digest(accessToken));
          statement.setObject(2, Jdbc.time(Jdbc.now()));
        },
        rows ->
            new ActivePersonalToken(
                Rows.personalToken(rows, 1),
                Rows.personalSession(rows, 6),
                Rows.user(rows, 16),
                rows.getObject(23, UUID.class) == null
                    ? Optional.empty()
                    : Optional.of(Rows.user(rows, 23)),
                rows.getObject(30, UUID.class) == null
                    ? Optional.empty()
                    : Optional.of(Rows.client(rows, 30))));
  }

  @Override
  public ActiveSessionCounts countActive(User user) {
    return jdbc.find(
            Operation.COUNT_ACTIVE,
            statement -> {
              for (int parameter = 1; parameter <= 4; parameter++) {
                statement.setObject(parameter, user.id());
              }
            },
            rows -> new ActiveSessionCounts(rows.getLong(1), rows.getLong(2), rows.getLong(3)))
        .orElseThrow();
  }

  @Override
  public int recordActivity(List<SessionActivity> activity) {
    UUID[] ids = activity.stream().map(SessionActivity::sessionId).toArray(UUID[]::new);
    String[] times = activity.stream().map(one -> one.at().toString()).toArray(String[]::new);
    String[] addresses =
        activity.stream()
            .map(one -> one.ip().orElseThrow().getHostAddress())
            .toArray(String[]::new);
    return jdbc.inTransaction(
        connection ->
            jdbc.find(
                    connection,
                    Operation.RECORD_ACTIVITY,
                    statement -> {
                      statement.setObject(1, ids);
                      statement.setObject(2, ids);
                      statement.setObject(3, times);
                      statement.setObject(4, addresses);
                      statement.setObject(5, times);
                    },
                    rows -> rows.getInt(1))
                .orElseThrow());
  }

  @Override
  public UUID enqueue(String queueName) {
    Instant now = Jdbc.now();
    return jdbc.find(
            Operation.ENQUEUE,
            statement -> {
              statement.setObject(1, jdbc.id(now));
              statement.setString(2, queueName);
              statement.setString(3, "null");
              statement.setString(4, "{}");
              statement.setObject(5, Jdbc.time(now));
              statement.setBoolean(6, true);
            },
            rows -> rows.getObject(1, UUID.class))
        .orElseThrow();
  }
}
