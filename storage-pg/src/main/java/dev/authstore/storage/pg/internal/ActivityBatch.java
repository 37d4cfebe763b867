package dev.authstore.storage.pg.internal;

import static dev.authstore.storage.pg.internal.Bind.bind;
import static org.jooq.impl.DSL.greatest;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.update;
import static org.jooq.impl.DSL.when;

import dev.authstore.model.Ids;
import dev.authstore.model.SessionActivity;
import java.net.InetAddress;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Field;
import org.jooq.Param;
import org.jooq.Record1;
import org.jooq.Table;
import org.jooq.TableField;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/**
 * Records the activity of many sessions of one kind at once.
 *
 * <p>The rows are locked by ascending id before any is changed, so that two batches never wait for
 * each other in a circle. A row that would not change is not written, and the columns written are
 * in no index, so that the rest are heap-only updates. What was locked is not joined, only looked
 * for: in the plan that the server keeps for all batches, which is made for ten, a second join
 * compares each session with each.
 */
public final class ActivityBatch {
  private static final int CHUNK = 500;

  private static final Param<UUID[]> ID = param("ids", SQLDataType.UUID.getArrayDataType());
  private static final Param<String[]> AT = texts("ats");
  private static final Param<String[]> IP = texts("ips");
  private static final Param<String[]> IP_AT = texts("ip_ats");

  private final Statement<Integer> statement;

  public ActivityBatch(
      TableField<?, UUID> id,
      TableField<?, Instant> lastActiveAt,
      TableField<?, String> lastActiveIp) {
    this.statement = statement(id, lastActiveAt, lastActiveIp);
  }

  /** Returns how many of the sessions exist. */
  public int record(Sql sql, Collection<SessionActivity> activity) {
    List<Entry> entries = merged(activity);
    int known = 0;
    for (int from = 0; from < entries.size(); from += CHUNK) {
      known += write(sql, entries.subList(from, Math.min(from + CHUNK, entries.size())));
    }
    return known;
  }

  private int write(Sql sql, List<Entry> entries) {
    return sql.get(
        statement,
        bind(ID, entries.stream().map(Entry::id).toArray(UUID[]::new)),
        bind(AT, entries.stream().map(entry -> entry.at().toString()).toArray(String[]::new)),
        bind(IP, entries.stream().map(Entry::ipText).toArray(String[]::new)),
        bind(IP_AT, entries.stream().map(Entry::ipAtText).toArray(String[]::new)));
  }

  private static List<Entry> merged(Collection<SessionActivity> activity) {
    Map<UUID, Entry> merged = new TreeMap<>(Ids.UNSIGNED_ORDER);
    for (SessionActivity one : activity) {
      merged.merge(one.sessionId(), Entry.of(one), Entry::with);
    }
    return List.copyOf(merged.values());
  }

  private static Statement<Integer> statement(
      TableField<?, UUID> id,
      TableField<?, Instant> lastActiveAt,
      TableField<?, String> lastActiveIp) {
    Table<?> table = Projection.tableOf(id);
    // The DSL's unnest takes one array only.
    Table<?> entry =
        DSL.table(
                "unnest({0}, {1}::timestamptz[], {2}::inet[], {3}::timestamptz[])",
                ID, AT, IP, IP_AT)
            .as("entry", "id", "at", "ip", "ip_at");
    Field<UUID> entryId = DSL.field(name("entry", "id"), UUID.class);
    Field<Instant> entryAt = DSL.field(name("entry", "at"), SQLDataType.INSTANT);
    Field<String> entryIp = DSL.field(name("entry", "ip"), lastActiveIp.getDataType());
    Field<Instant> entryIpAt = DSL.field(name("entry", "ip_at"), SQLDataType.INSTANT);

    CommonTableExpression<Record1<UUID>> locked =
        name("locked")
            .as(
                select(id)
                    .from(table)
                    .where(Conditions.among(id, ID))
                    .orderBy(id)
                    .forNoKeyUpdate());
    Field<Instant> at = greatest(lastActiveAt, entryAt);
    Field<String> ip =
        when(entryIp.isNotNull().and(lastActiveAt.isNull().or(entryIpAt.ge(lastActiveAt))), entryIp)
            .otherwise(lastActiveIp);
    CommonTableExpression<?> changed =
        name("changed")
            .as(
                update(table)
                    .set(lastActiveAt, at)
                    .set(lastActiveIp, ip)
                    .from(entry)
                    .where(id.eq(entryId))
                    .and(Conditions.among(id, locked))
                    .and(lastActiveAt.isDistinctFrom(at).or(lastActiveIp.isDistinctFrom(ip)))
                    .returning(id));
    return new Statement<>(
        DSL.with(locked).with(changed).select(DSL.count()).from(locked),
        row -> row.get(0, Integer.class));
  }

  private static Param<String[]> texts(String name) {
    return param(name, SQLDataType.VARCHAR.getArrayDataType());
  }

  /**
   * What is known of one session after merging: when it was last used, and the latest address with
   * its own instant.
   */
  private record Entry(UUID id, Instant at, @Nullable InetAddress ip, @Nullable Instant ipAt) {

    static Entry of(SessionActivity activity) {
      InetAddress ip = activity.ip().orElse(null);
      return new Entry(activity.sessionId(), activity.at(), ip, ip == null ? null : activity.at());
    }

    Entry with(Entry other) {
      Entry source = other.hasLaterAddressThan(this) ? other : this;
      return new Entry(id, at.isAfter(other.at) ? at : other.at, source.ip, source.ipAt);
    }

    @Nullable String ipText() {
      return ip == null ? null : ip.getHostAddress();
    }

    @Nullable String ipAtText() {
      return ipAt == null ? null : ipAt.toString();
    }

    // Of two addresses seen at one instant the one with the greater bytes counts, whichever came
    // first.
    private boolean hasLaterAddressThan(Entry other) {
      if (ip == null || ipAt == null) {
        return false;
      }
      if (other.ip == null || other.ipAt == null) {
        return true;
      }
      int later = ipAt.compareTo(other.ipAt);
      return later > 0
          || (later == 0 && Arrays.compareUnsigned(ip.getAddress(), other.ip.getAddress()) > 0);
    }
  }
}
