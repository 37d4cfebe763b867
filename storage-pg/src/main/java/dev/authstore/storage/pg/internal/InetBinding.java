package dev.authstore.storage.pg.internal;

import java.sql.SQLException;
import org.jooq.BindingGetResultSetContext;
import org.jooq.BindingSQLContext;
import org.jooq.BindingSetStatementContext;
import org.jooq.Converter;
import org.jooq.impl.AbstractBinding;
import org.jooq.impl.DSL;

/**
 * {@code inet} columns as text; {@link Row} decodes them, so that one it cannot read is reported
 * and not lost.
 */
public final class InetBinding extends AbstractBinding<Object, String> {
  private static final long serialVersionUID = 1L;

  @Override
  public Converter<Object, String> converter() {
    return Converter.ofNullable(Object.class, String.class, Object::toString, text -> text);
  }

  @Override
  public void sql(BindingSQLContext<String> context) {
    context.render().visit(DSL.sql(context.variable() + "::inet"));
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
