package dev.authstore.storage.pg.internal;

import java.sql.SQLException;
import org.jooq.BindingGetResultSetContext;
import org.jooq.BindingSQLContext;
import org.jooq.BindingSetStatementContext;
import org.jooq.Converter;
import org.jooq.JSONB;
import org.jooq.impl.AbstractBinding;
import org.jooq.impl.DSL;

/**
 * {@code jsonb} columns as text; {@link Row} decodes them, so that one it cannot read is reported
 * and not lost.
 */
public final class JsonbBinding extends AbstractBinding<JSONB, String> {
  private static final long serialVersionUID = 1L;

  @Override
  public Converter<JSONB, String> converter() {
    return Converter.ofNullable(JSONB.class, String.class, JSONB::data, JSONB::valueOf);
  }

  @Override
  public void sql(BindingSQLContext<String> context) {
    context.render().visit(DSL.sql(context.variable() + "::jsonb"));
  }

  @Override
  public void set(BindingSetStatementContext<String> context) throws SQLException {
    context.statement().setString(context.index(), context.value());
  }

  @Override
  public void get(BindingGetResultSetContext<String> context) throws SQLException {
    context.value(context.resultSet().getString(context.index()));
  }
}
