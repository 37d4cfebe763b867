package dev.authstore.storage.pg.oauth2;

import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.when;

import org.jooq.CaseConditionStep;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/**
 * Why a statement does not do what it could: a column that names the first reason that holds, or
 * none. So the order of the reasons stands in one place, and what acts asks for no reason.
 */
final class Reasons {
  private static final Field<String> REASON = DSL.field(name("reason"), SQLDataType.CLOB);

  private Reasons() {}

  /** A reason, and when it holds. */
  record Reason(Enum<?> name, Condition holds) {}

  static Reason because(Enum<?> name, Condition holds) {
    return new Reason(name, holds);
  }

  /** The column of the first reason that holds. */
  static Field<String> firstOf(Reason first, Reason... others) {
    CaseConditionStep<String> reasons = when(first.holds(), inline(first.name().name()));
    for (Reason other : others) {
      reasons = reasons.when(other.holds(), inline(other.name().name()));
    }
    return reasons.as(REASON);
  }

  /** The column in a part of a {@code WITH} that has it. */
  static Field<String> of(Table<?> part) {
    Field<String> reason = part.field(REASON);
    if (reason == null) {
      throw new IllegalArgumentException(part.getName() + " has no reasons");
    }
    return reason;
  }
}
