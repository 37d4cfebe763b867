package dev.authstore.storage.pg.internal;

import static dev.authstore.storage.pg.schema.Tables.BROWSER_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.USERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.jooq.impl.DSL.falseCondition;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectCount;
import static org.jooq.impl.DSL.selectOne;
import static org.jooq.impl.DSL.val;

import dev.authstore.storage.pg.internal.RenderedStatement.Parameter;
import java.time.Instant;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jooq.Condition;
import org.jooq.Param;
import org.jooq.Select;
import org.jooq.impl.SQLDataType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RenderedStatementTest {
  private static final Param<String> NAME = param("name", String.class);
  private static final Param<UUID> AFTER = param("after", SQLDataType.UUID);

  private final Schema schema = new Schema("tenant");

  @Test
  void bindsEachConstantWhereItStandsAmongNamesAndInlinedValues() {
    Statement<String> statement =
        new Statement<>(
            select(inline(7), val("first"), NAME, inline("inlined"), val("second"), NAME),
            row -> "");

    RenderedStatement rendered = schema.render(statement);

    assertThat(rendered.sql()).isEqualTo("select 7, ?, ?, 'inlined', ?, ?");
    assertThat(rendered.parameters())
        .containsExactly(
            new Parameter(null, "first"),
            new Parameter("name", null),
            new Parameter(null, "second"),
            new Parameter("name", null));
  }

  @ParameterizedTest
  @MethodSource("conditions")
  void isTheSameWithItsConditionRenderedApart(Condition where) {
    Statement<Values> statement = new Statement<>(rows(Conditions.given()), row -> row);
    RenderedStatement whole = schema.render(rows(where));

    RenderedStatement composed = schema.render(statement).with(schema.render(where));

    assertThat(withoutParentheses(composed)).isEqualTo(withoutParentheses(whole));
    assertThat(composed.parameters()).isEqualTo(whole.parameters());
    assertThat(composed.converters()).isEqualTo(whole.converters());
  }

  private static Stream<Condition> conditions() {
    Condition named = USERS.USERNAME.eq("john").or(USERS.USERNAME_FOLDED.contains("o%?"));
    UUID id = new UUID(0, 7);
    return Stream.of(
        falseCondition(),
        USERS.LOCKED_AT.isNull(),
        named,
        named.and(USERS.CREATED_AT.lt(Instant.EPOCH)).and(USERS.ID.ne(id)),
        Conditions.isAmong(USERS.ID, Set.of(id)),
        Conditions.is(USERS.IS_GUEST, false),
        USERS.USERNAME.eq(inline("what?")),
        Conditions.exists(
            selectOne()
                .from(BROWSER_SESSIONS)
                .where(BROWSER_SESSIONS.USER_ID.eq(USERS.ID))
                .and(BROWSER_SESSIONS.USER_AGENT.eq("agent"))));
  }

  // What depends on the condition stands twice in it, as in a page with its count.
  private static Select<?> rows(Condition where) {
    return select(USERS.ID, selectCount().from(USERS).where(where).asField("total"))
        .from(USERS)
        .where(where)
        .and(USERS.ID.gt(AFTER))
        .limit(5);
  }

  private static String withoutParentheses(RenderedStatement rendered) {
    return rendered.sql().replaceAll("[()]", "");
  }
}
