package dev.authstore.storage.pg.queue;

import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.when;

import dev.authstore.storage.pg.internal.Bind;
import dev.authstore.storage.pg.internal.UnitOfWork;
import org.jooq.Field;
import org.jooq.Param;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/**
 * What wakes workers. Delivered when the transaction commits; the server merges those that are
 * equal.
 */
final class Notifications {
  private static final Param<Boolean> WANTED = param("notify", SQLDataType.BOOLEAN);

  private Notifications() {}

  /** Selected for each row: tells that a queue has jobs, if the settings want it told. */
  static Field<Boolean> available(Field<String> queueName) {
    return when(
        WANTED,
        notify(
            "queue_available",
            DSL.field("json_build_object('queue', {0})::text", SQLDataType.VARCHAR, queueName)));
  }

  /** Whether the settings want it told. */
  static Bind bind(UnitOfWork work) {
    return Bind.bind(WANTED, work.settings().queue().notifications());
  }

  /** Selected for each row: tells that nobody leads any more. */
  static Field<Boolean> stepDown() {
    return notify("queue_leader_stepdown", inline(""));
  }

  private static Field<Boolean> notify(String channel, Field<String> payload) {
    return DSL.field(
        DSL.function("pg_notify", SQLDataType.OTHER, inline(channel), payload).isNotNull());
  }
}
