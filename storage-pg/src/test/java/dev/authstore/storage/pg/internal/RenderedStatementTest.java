package dev.authstore.storage.pg.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.val;

import dev.authstore.storage.pg.internal.RenderedStatement.Parameter;
import org.jooq.Param;
import org.junit.jupiter.api.Test;

class RenderedStatementTest {
  private static final Param<String> NAME = param("name", String.class);

  @Test
  void bindsEachConstantWhereItStandsAmongNamesAndInlinedValues() {
    Statement<String> statement =
        new Statement<>(
            select(inline(7), val("first"), NAME, inline("inlined"), val("second"), NAME),
            row -> "");

    RenderedStatement rendered = new Schema("authstore").render(statement);

    assertThat(rendered.sql()).isEqualTo("select 7, ?, ?, 'inlined', ?, ?");
    assertThat(rendered.parameters())
        .containsExactly(
            new Parameter(null, "first"),
            new Parameter("name", null),
            new Parameter(null, "second"),
            new Parameter("name", null));
  }
}
