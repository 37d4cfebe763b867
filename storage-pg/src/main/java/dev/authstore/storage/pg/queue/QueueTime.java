package dev.authstore.storage.pg.queue;

import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.param;

import dev.authstore.storage.pg.internal.Bind;
import dev.authstore.storage.pg.internal.UnitOfWork;
import dev.authstore.storage.queue.QueueSettings;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.jooq.Field;
import org.jooq.Param;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/** The time that workers compare with each other. */
final class QueueTime {
  private static final Param<Instant> CLOCK = param("time", SQLDataType.INSTANT);

  /**
   * Now. Of the statement, not of the transaction: a lease taken late in a long transaction would
   * be shorter than it looks.
   */
  static final Field<Instant> NOW =
      coalesce(CLOCK, DSL.field("statement_timestamp()", SQLDataType.INSTANT));

  private QueueTime() {}

  /** Which clock {@link #NOW} shows. */
  static Bind bind(UnitOfWork work, Instant now) {
    boolean byClock = work.settings().queue().time() == QueueSettings.Time.CLOCK;
    return Bind.bind(CLOCK, byClock ? now : null);
  }

  /** A duration as a parameter. */
  static Param<Long> duration(String name) {
    return param(name, SQLDataType.BIGINT);
  }

  /** The value of such a parameter. */
  static Bind bind(Param<Long> param, Duration duration) {
    return Bind.bind(param, micros(duration));
  }

  static long micros(Duration duration) {
    return TimeUnit.MICROSECONDS.convert(duration);
  }

  // The DSL knows intervals as literals only.
  static Field<Instant> after(Field<Long> micros) {
    return DSL.field("{0} + {1} * interval '1 microsecond'", SQLDataType.INSTANT, NOW, micros);
  }

  static Field<Instant> before(Field<Long> micros) {
    return DSL.field("{0} - {1} * interval '1 microsecond'", SQLDataType.INSTANT, NOW, micros);
  }
}
