package dev.authstore.storage.pg.queue;

import static dev.authstore.storage.pg.internal.Bind.bind;
import static dev.authstore.storage.pg.internal.Conditions.notExists;
import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static dev.authstore.storage.pg.schema.Tables.QUEUE_JOBS;
import static dev.authstore.storage.pg.schema.Tables.QUEUE_LEADER;
import static dev.authstore.storage.pg.schema.Tables.QUEUE_WORKERS;
import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.count;
import static org.jooq.impl.DSL.deleteFrom;
import static org.jooq.impl.DSL.excluded;
import static org.jooq.impl.DSL.greatest;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.insertInto;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectOne;
import static org.jooq.impl.DSL.trueCondition;
import static org.jooq.impl.DSL.update;
import static org.jooq.impl.DSL.when;
import static org.jooq.impl.DSL.with;

import dev.authstore.model.queue.LeaderLease;
import dev.authstore.model.queue.QueueWorker;
import dev.authstore.model.queue.QueueWorkerDetails;
import dev.authstore.model.queue.QueueWorkerStage;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.internal.AdvisoryLock;
import dev.authstore.storage.pg.internal.CleanupById;
import dev.authstore.storage.pg.internal.Conditions;
import dev.authstore.storage.pg.internal.Keyset;
import dev.authstore.storage.pg.internal.Projection;
import dev.authstore.storage.pg.internal.Row;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.internal.UnitOfWork;
import dev.authstore.storage.pg.internal.Values;
import dev.authstore.storage.queue.DeadWorkerReport;
import dev.authstore.storage.queue.QueueWorkerFilter;
import dev.authstore.storage.queue.QueueWorkerRepository;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Param;
import org.jooq.Record1;
import org.jooq.ResultQuery;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

final class PgQueueWorkerRepository implements QueueWorkerRepository {
  static final Projection<QueueWorkerDetails> WORKER =
      Projection.of(
          "queue_worker",
          QUEUE_WORKERS.ID,
          PgQueueWorkerRepository::read,
          QUEUE_WORKERS.QUEUE_NAMES,
          QUEUE_WORKERS.REGISTERED_AT,
          QUEUE_WORKERS.LAST_SEEN_AT,
          QUEUE_WORKERS.SHUTDOWN_AT);

  private static final Param<UUID> ID = param("id", QUEUE_WORKERS.ID);
  private static final Param<String[]> QUEUE_NAMES =
      param("queue_names", QUEUE_WORKERS.QUEUE_NAMES);
  private static final Param<Instant> NOW = param("now", QUEUE_WORKERS.REGISTERED_AT);
  private static final Param<Long> THRESHOLD = QueueTime.duration("threshold");
  private static final Param<Long> LEASE = QueueTime.duration("lease");
  private static final Param<String> PATIENCE = param("patience", SQLDataType.VARCHAR);

  private static final Condition IS_ADDRESSED = QUEUE_WORKERS.ID.eq(ID);
  private static final Condition IS_ALIVE = QUEUE_WORKERS.SHUTDOWN_AT.isNull();
  private static final Condition HAS_EXPIRED = QUEUE_LEADER.EXPIRES_AT.le(QueueTime.NOW);

  private static final Statement<UUID> REGISTER =
      new Statement<>(
          insertInto(
                  QUEUE_WORKERS,
                  QUEUE_WORKERS.ID,
                  QUEUE_WORKERS.QUEUE_NAMES,
                  QUEUE_WORKERS.REGISTERED_AT,
                  QUEUE_WORKERS.LAST_SEEN_AT)
              .values(ID, QUEUE_NAMES, QueueTime.NOW, QueueTime.NOW)
              .returning(QUEUE_WORKERS.ID),
          row -> row.get(0, UUID.class));

  private static final Statement<Verdict> HEARTBEAT = heartbeat();
  private static final Statement<UUID> SHUT_DOWN = shutDown();
  private static final Statement<UUID> SHUT_DOWN_DEAD = shutDownDead();

  private static final Statement<Instant> TIME =
      new Statement<>(select(QueueTime.NOW), row -> row.get(0, Instant.class));

  private static final Statement<LeaderLease> LEADER =
      new Statement<>(
          select(QUEUE_LEADER.WORKER_ID, QUEUE_LEADER.ELECTED_AT, QUEUE_LEADER.EXPIRES_AT)
              .from(QUEUE_LEADER)
              .where(HAS_EXPIRED.not()),
          PgQueueWorkerRepository::lease);

  private static final Statement<UUID> REMOVE_EXPIRED = removing(HAS_EXPIRED);
  private static final Statement<UUID> RESIGN = removing(QUEUE_LEADER.WORKER_ID.eq(ID));
  private static final Statement<Verdict> LEAD = lead();

  private static final Statement<Optional<LeaderLease>> BEGIN_DUTIES = beginDuties();

  private static final CleanupById STOPPED =
      CleanupById.deleting(
          QUEUE_WORKERS.ID,
          QUEUE_WORKERS
              .SHUTDOWN_AT
              .isNotNull()
              .and(
                  notExists(
                      selectOne()
                          .from(QUEUE_JOBS)
                          .where(QUEUE_JOBS.STARTED_BY.eq(QUEUE_WORKERS.ID))
                          .and(QueueJobs.IS_RUNNING))));

  private final UnitOfWork work;

  PgQueueWorkerRepository(UnitOfWork work) {
    this.work = work;
  }

  /** What a worker was when its row was locked, and whether the change was made. */
  private record Verdict(boolean shutDown, boolean changed) {}

  @Override
  public Page<QueueWorkerDetails> list(QueueWorkerFilter filter, Pagination pagination) {
    return work.read(
        "queue_worker.list", sql -> Keyset.page(sql, WORKER, matching(filter), pagination));
  }

  @Override
  public QueueWorker register() {
    return register(List.of());
  }

  @Override
  public QueueWorker register(Collection<String> queueNames) {
    String[] names =
        queueNames.stream()
            .map(name -> QueueJobs.name("queue", name))
            .distinct()
            .sorted()
            .toArray(String[]::new);
    return work.write(
        "queue_worker.register",
        sql -> {
          Instant now = work.now();
          return new QueueWorker(
              sql.get(
                  REGISTER,
                  bind(ID, work.newId(now)),
                  bind(QUEUE_NAMES, names),
                  QueueTime.bind(work, now)));
        });
  }

  @Override
  public void heartbeat(QueueWorker worker) {
    Verdict verdict =
        work.write(
                "queue_worker.heartbeat",
                sql -> sql.find(HEARTBEAT, bind(ID, worker.id()), QueueTime.bind(work, work.now())))
            .orElseThrow(() -> gone(worker));
    if (verdict.shutDown()) {
      throw refusedBy(worker);
    }
  }

  @Override
  public void shutdown(QueueWorker worker) {
    work.atomic(
        "queue_worker.shutdown",
        sql -> {
          Instant now = work.now();
          UUID id =
              sql.find(SHUT_DOWN, bind(ID, worker.id()), QueueTime.bind(work, now))
                  .orElseThrow(() -> gone(worker));
          return new LostJobs(work, sql, now).settleThoseOf(id);
        });
  }

  @Override
  public DeadWorkerReport shutdownDeadWorkers(Duration threshold) {
    if (threshold.isNegative()) {
      throw new InvalidInputException("threshold must not be negative");
    }
    return work.atomic(
        "queue_worker.shutdown_dead_workers",
        sql -> {
          Instant now = work.now();
          int dead =
              sql.list(
                      SHUT_DOWN_DEAD,
                      QueueTime.bind(THRESHOLD, threshold),
                      QueueTime.bind(work, now))
                  .size();
          LostJobs.Tally lost = new LostJobs(work, sql, now).settleAll();
          return new DeadWorkerReport(dead, lost.retried(), lost.abandoned());
        });
  }

  @Override
  public Instant time() {
    return work.read("queue_worker.time", sql -> sql.get(TIME, QueueTime.bind(work, work.now())));
  }

  @Override
  public Optional<LeaderLease> leader() {
    return work.read(
        "queue_worker.leader", sql -> sql.find(LEADER, QueueTime.bind(work, work.now())));
  }

  @Override
  public boolean removeLeaderLeaseIfExpired() {
    return work.write(
        "queue_worker.remove_leader_lease_if_expired",
        sql -> sql.find(REMOVE_EXPIRED, QueueTime.bind(work, work.now())).isPresent());
  }

  @Override
  public boolean tryGetLeaderLease(QueueWorker worker) {
    Verdict verdict =
        work.write(
                "queue_worker.try_get_leader_lease",
                sql -> {
                  Instant now = work.now();
                  return sql.find(
                      LEAD,
                      bind(ID, worker.id()),
                      bind(NOW, now),
                      QueueTime.bind(LEASE, work.settings().queue().leaderLease()),
                      QueueTime.bind(work, now));
                })
            .orElseThrow(() -> gone(worker));
    if (verdict.shutDown()) {
      throw refusedBy(worker);
    }
    return verdict.changed();
  }

  @Override
  public boolean resign(QueueWorker worker) {
    return work.write(
        "queue_worker.resign", sql -> sql.find(RESIGN, bind(ID, worker.id())).isPresent());
  }

  @Override
  public Optional<LeaderLease> tryBeginDuties(QueueWorker worker) {
    return work.atomic(
        "queue_worker.try_begin_duties",
        sql -> {
          if (!work.keepsLocks()) {
            throw new InvalidStateException(
                WORKER.aggregate(), worker.id(), StateReason.NO_TRANSACTION);
          }
          if (!AdvisoryLock.LEADER.tryTake(sql, "queue")) {
            return Optional.empty();
          }
          String patience = work.settings().queue().leaderLease().toMillis() + "ms";
          return sql.get(BEGIN_DUTIES, bind(PATIENCE, patience), QueueTime.bind(work, work.now()))
              .filter(lease -> lease.workerId().equals(worker.id()));
        });
  }

  @Override
  public CleanupResult<UUID> cleanup(Optional<UUID> since, UUID until, int limit) {
    return work.write(
        "queue_worker.cleanup", sql -> STOPPED.run(sql, since, until, limit, work.now()));
  }

  private static CommonTableExpression<?> locked() {
    return name("worker")
        .as(
            select(QUEUE_WORKERS.ID, QUEUE_WORKERS.SHUTDOWN_AT)
                .from(QUEUE_WORKERS)
                .where(IS_ADDRESSED)
                .forNoKeyUpdate());
  }

  private static Statement<Verdict> heartbeat() {
    CommonTableExpression<?> worker = locked();
    CommonTableExpression<?> seen =
        name("seen")
            .as(
                update(QUEUE_WORKERS)
                    .set(
                        QUEUE_WORKERS.LAST_SEEN_AT,
                        greatest(QUEUE_WORKERS.LAST_SEEN_AT, QueueTime.NOW))
                    .from(worker)
                    .where(QUEUE_WORKERS.ID.eq(columnOf(worker, QUEUE_WORKERS.ID)))
                    .and(IS_ALIVE)
                    .returning(QUEUE_WORKERS.ID));
    return verdict(worker, seen, columnOf(seen, QUEUE_WORKERS.ID).isNotNull());
  }

  private static Statement<UUID> shutDown() {
    CommonTableExpression<?> stopped =
        name("stopped")
            .as(
                update(QUEUE_WORKERS)
                    .set(
                        QUEUE_WORKERS.SHUTDOWN_AT,
                        coalesce(QUEUE_WORKERS.SHUTDOWN_AT, QueueTime.NOW))
                    .where(IS_ADDRESSED)
                    .returning(QUEUE_WORKERS.ID));
    CommonTableExpression<?> resigned = name("resigned").as(deletingLease(leaseOfStopped(stopped)));
    return new Statement<>(
        with(stopped)
            .with(resigned)
            .select(
                columnOf(stopped, QUEUE_WORKERS.ID),
                select(count(Notifications.stepDown())).from(resigned).asField())
            .from(stopped),
        row -> row.get(0, UUID.class));
  }

  private static Condition leaseOfStopped(Table<?> stopped) {
    return QUEUE_LEADER.WORKER_ID.in(select(columnOf(stopped, QUEUE_WORKERS.ID)).from(stopped));
  }

  // A worker whose row is locked is giving a sign of life.
  private static Statement<UUID> shutDownDead() {
    CommonTableExpression<Record1<UUID>> dead =
        name("dead")
            .as(
                select(QUEUE_WORKERS.ID)
                    .from(QUEUE_WORKERS)
                    .where(IS_ALIVE)
                    .and(QUEUE_WORKERS.LAST_SEEN_AT.lt(QueueTime.before(THRESHOLD)))
                    .orderBy(QUEUE_WORKERS.ID)
                    .forNoKeyUpdate()
                    .skipLocked());
    return new Statement<>(
        with(dead)
            .update(QUEUE_WORKERS)
            .set(QUEUE_WORKERS.SHUTDOWN_AT, QueueTime.NOW)
            .where(Conditions.among(QUEUE_WORKERS.ID, dead))
            .returning(QUEUE_WORKERS.ID),
        row -> row.get(0, UUID.class));
  }

  private static ResultQuery<?> deletingLease(Condition condition) {
    return deleteFrom(QUEUE_LEADER).where(condition).returning(QUEUE_LEADER.WORKER_ID);
  }

  private static Statement<UUID> removing(Condition condition) {
    CommonTableExpression<?> removed = name("removed").as(deletingLease(condition));
    return new Statement<>(
        with(removed)
            .select(columnOf(removed, QUEUE_LEADER.WORKER_ID), Notifications.stepDown())
            .from(removed),
        row -> row.get(0, UUID.class));
  }

  // While another one leads, nothing is inserted and so nothing waits for the leader's row.
  private static Statement<Verdict> lead() {
    CommonTableExpression<?> worker = locked();
    Condition isOwnTerm =
        QUEUE_LEADER.WORKER_ID.eq(excluded(QUEUE_LEADER.WORKER_ID)).andNot(HAS_EXPIRED);
    CommonTableExpression<?> lease =
        name("lease")
            .as(
                insertInto(
                        QUEUE_LEADER,
                        QUEUE_LEADER.ACTIVE,
                        QUEUE_LEADER.WORKER_ID,
                        QUEUE_LEADER.ELECTED_AT,
                        QUEUE_LEADER.EXPIRES_AT)
                    .select(
                        select(
                                inline(true),
                                columnOf(worker, QUEUE_WORKERS.ID),
                                NOW,
                                QueueTime.after(LEASE))
                            .from(worker)
                            .where(columnOf(worker, QUEUE_WORKERS.SHUTDOWN_AT).isNull())
                            .and(
                                notExists(
                                    selectOne()
                                        .from(QUEUE_LEADER)
                                        .where(QUEUE_LEADER.WORKER_ID.ne(ID))
                                        .andNot(HAS_EXPIRED))))
                    .onConflict(QUEUE_LEADER.ACTIVE)
                    .doUpdate()
                    .set(QUEUE_LEADER.WORKER_ID, excluded(QUEUE_LEADER.WORKER_ID))
                    .set(
                        QUEUE_LEADER.ELECTED_AT,
                        when(isOwnTerm, QUEUE_LEADER.ELECTED_AT)
                            .otherwise(excluded(QUEUE_LEADER.ELECTED_AT)))
                    .set(QUEUE_LEADER.EXPIRES_AT, excluded(QUEUE_LEADER.EXPIRES_AT))
                    .where(QUEUE_LEADER.WORKER_ID.eq(ID).or(HAS_EXPIRED))
                    .returning(QUEUE_LEADER.WORKER_ID));
    return verdict(worker, lease, columnOf(lease, QUEUE_LEADER.WORKER_ID).isNotNull());
  }

  // A leader that stalls in its transaction would keep the lock from the next one.
  private static Statement<Optional<LeaderLease>> beginDuties() {
    Field<String> limited =
        DSL.function(
            "set_config",
            SQLDataType.VARCHAR,
            inline("idle_in_transaction_session_timeout"),
            PATIENCE,
            inline(true));
    return new Statement<>(
        select(QUEUE_LEADER.WORKER_ID, QUEUE_LEADER.ELECTED_AT, QUEUE_LEADER.EXPIRES_AT, limited)
            .from(selectOne().asTable("always"))
            .leftJoin(QUEUE_LEADER)
            .on(HAS_EXPIRED.not()),
        row -> row.get(0) == null ? Optional.empty() : Optional.of(lease(row)));
  }

  private static LeaderLease lease(Values row) {
    return new LeaderLease(
        row.get(0, UUID.class), row.get(1, Instant.class), row.get(2, Instant.class));
  }

  private static Statement<Verdict> verdict(
      CommonTableExpression<?> worker, CommonTableExpression<?> changed, Condition isChanged) {
    return new Statement<>(
        with(worker)
            .with(changed)
            .select(columnOf(worker, QUEUE_WORKERS.SHUTDOWN_AT).isNotNull(), isChanged)
            .from(worker)
            .leftJoin(changed)
            .on(trueCondition()),
        row -> new Verdict(row.get(0, Boolean.class), row.get(1, Boolean.class)));
  }

  private static Condition matching(QueueWorkerFilter filter) {
    return Conditions.all(
        filter.alive().map(wanted -> Conditions.present(QUEUE_WORKERS.SHUTDOWN_AT, !wanted)));
  }

  private static NotFoundException gone(QueueWorker worker) {
    return new NotFoundException(WORKER.aggregate(), worker.id());
  }

  private static InvalidStateException refusedBy(QueueWorker worker) {
    return new InvalidStateException(WORKER.aggregate(), worker.id(), StateReason.WORKER_SHUT_DOWN);
  }

  private static QueueWorkerDetails read(Row row) {
    Instant lastSeenAt = row.get(QUEUE_WORKERS.LAST_SEEN_AT);
    QueueWorkerStage stage =
        row.find(QUEUE_WORKERS.SHUTDOWN_AT)
            .<QueueWorkerStage>map(at -> new QueueWorkerStage.ShutDown(lastSeenAt, at))
            .orElseGet(() -> new QueueWorkerStage.Alive(lastSeenAt));
    return new QueueWorkerDetails(
        row.get(QUEUE_WORKERS.ID),
        List.of(row.get(QUEUE_WORKERS.QUEUE_NAMES)),
        row.get(QUEUE_WORKERS.REGISTERED_AT),
        stage);
  }
}
