package dev.authstore.storage.pg.internal;

import dev.authstore.model.Device;
import dev.authstore.model.Folding;
import dev.authstore.model.Ids;
import dev.authstore.model.Scope;
import dev.authstore.model.ScopeToken;
import dev.authstore.model.Texts;
import dev.authstore.storage.page.TimeRange;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Param;
import org.jooq.Select;
import org.jooq.Table;
import org.jooq.TableField;
import org.jooq.impl.DSL;

/** What the criteria of filters are made of. */
public final class Conditions {
  private Conditions() {}

  /** All criteria that were given; true if none was. */
  @SafeVarargs
  public static Condition all(Optional<Condition>... criteria) {
    List<Condition> given = new ArrayList<>();
    for (Optional<Condition> criterion : criteria) {
      criterion.ifPresent(given::add);
    }
    return DSL.and(given);
  }

  /** The condition that a statement is given with each run, by {@link Sql#rows}. */
  static Condition given() {
    return DSL.condition(RenderedStatement.CONDITION);
  }

  /**
   * Whether there are rows. jOOQ's own has another signature in each of the lines that we run with.
   */
  public static Condition exists(Select<?> rows) {
    return DSL.condition("exists ({0})", rows);
  }

  /** Whether there are none. */
  public static Condition notExists(Select<?> rows) {
    return DSL.condition("not exists ({0})", rows);
  }

  /** Whether a column has a value. */
  public static Condition present(Field<?> column, boolean wanted) {
    return wanted ? column.isNotNull() : column.isNull();
  }

  /** An id among others, however many: they are one parameter. */
  public static Condition isAmong(Field<UUID> id, Set<UUID> others) {
    return id.eq(DSL.any(others.toArray(UUID[]::new)));
  }

  /** Whether a flag is set. Not as a parameter: a partial index needs to see which it is. */
  public static Condition is(Field<Boolean> flag, boolean wanted) {
    return wanted ? DSL.condition(flag) : DSL.condition(flag).not();
  }

  /** An instant within a range; an empty column is in none. */
  public static Condition within(Field<Instant> column, TimeRange range) {
    return all(range.after().map(column::gt), range.before().map(column::lt));
  }

  /**
   * Last active within a range. The instant is in no index; the day that is kept beside it leads to
   * the rows.
   */
  public static Condition lastActiveWithin(
      Field<LocalDate> activeDay, Field<Instant> lastActiveAt, TimeRange range) {
    return all(
        range.after().map(instant -> activeDay.ge(day(instant)).and(lastActiveAt.gt(instant))),
        range.before().map(instant -> activeDay.le(day(instant)).and(lastActiveAt.lt(instant))));
  }

  /**
   * Without activity since an instant: the last one, or the beginning where there is none, is
   * earlier.
   */
  public static Condition inactiveSince(
      Field<LocalDate> activeDay,
      Field<Instant> lastActiveAt,
      Field<Instant> createdAt,
      Instant instant) {
    return activeDay.le(day(instant)).and(DSL.coalesce(lastActiveAt, createdAt).lt(instant));
  }

  // As the columns that hold days count it.
  private static LocalDate day(Instant instant) {
    return LocalDate.ofInstant(instant, ZoneOffset.UTC);
  }

  /** Created within a range, by the millisecond in the id, which the primary key serves. */
  public static Condition createdWithin(TableField<?, UUID> key, TimeRange range) {
    return all(
        range.after().map(instant -> key.gt(Ids.maxAt(instant))),
        range.before().map(instant -> key.lt(Ids.minAt(instant))));
  }

  /**
   * A scope that names the device, in either spelling. An overlap, not a comparison with each
   * token: that one no index serves.
   */
  public static Condition namesDevice(
      TableField<?, UUID> key, TableField<?, String[]> scope, Device device) {
    String[] tokens = texts(device.scopeTokens());
    return tokens.length == 0
        ? DSL.falseCondition()
        : foundApart(key, DSL.arrayOverlap(scope, tokens));
  }

  /** A scope with all these tokens among its own. */
  public static Condition containsScope(
      TableField<?, UUID> key, TableField<?, String[]> scope, Scope wanted) {
    if (wanted.isEmpty()) {
      return DSL.noCondition();
    }
    Condition contains = scope.contains(texts(wanted.tokens()));
    boolean namesDevice = wanted.tokens().stream().anyMatch(token -> Device.of(token).isPresent());
    return namesDevice ? foundApart(key, contains) : contains;
  }

  // The planner takes devices for more frequent than they are, and would rather read everybody's
  // rows in the order of the list.
  private static Condition foundApart(TableField<?, UUID> key, Condition condition) {
    return key.eq(
        DSL.any(DSL.array(DSL.select(key).from(Projection.tableOf(key)).where(condition))));
  }

  /** Tokens as a scope is stored. */
  public static String[] texts(List<ScopeToken> tokens) {
    return tokens.stream().map(ScopeToken::value).toArray(String[]::new);
  }

  /** A folded column containing the text, in which every character stands for itself. */
  public static Condition containsFolded(Field<String> foldedColumn, String text) {
    if (text.isEmpty()) {
      return DSL.noCondition();
    }
    return Texts.isStorable(text, Integer.MAX_VALUE)
        ? foldedColumn.contains(Folding.fold(text))
        : DSL.falseCondition();
  }

  /** A folded column equal to the text; none is if the text could not have been stored. */
  public static Condition equalsFolded(Field<String> foldedColumn, String text, int maxBytes) {
    return Texts.isStorable(text, maxBytes)
        ? foldedColumn.eq(Folding.fold(text))
        : DSL.falseCondition();
  }

  /**
   * Ids that a statement is given, however many. By a select: where the planner sees how many there
   * are, it may think it shorter to read the whole table, as PostgreSQL 15 does from some hundreds.
   */
  public static Condition among(Field<UUID> id, Param<UUID[]> given) {
    return DSL.condition("{0} = any(array(select unnest({1})))", id, given);
  }

  /**
   * The rows that an earlier part of the statement has locked. As an array: a join would make the
   * planner read the whole table for a batch of a thousand.
   */
  public static Condition among(TableField<?, UUID> key, Table<?> locked) {
    return key.eq(DSL.any(DSL.array(DSL.select(Projection.columnOf(locked, key)).from(locked))));
  }
}
