package dev.authstore.storage.pg.internal;

import java.sql.Connection;
import java.sql.SQLException;
import org.jooq.ConnectionProvider;
import org.jooq.ExecuteContext;
import org.jooq.ExecuteListener;
import org.jooq.ExecuteListenerProvider;
import org.jspecify.annotations.Nullable;

/**
 * Leads the statements of a {@link org.jooq.DSLContext} through the unit of work: its connection,
 * guard and errors.
 */
final class DslAccess implements ConnectionProvider {
  private final UnitOfWork work;

  DslAccess(UnitOfWork work) {
    this.work = work;
  }

  @Override
  public Connection acquire() {
    return work.connection();
  }

  @Override
  public void release(Connection connection) {
    // the unit of work keeps it
  }

  ExecuteListenerProvider listener() {
    return () -> new Listener(work);
  }

  private static final class Listener implements ExecuteListener {
    private static final long serialVersionUID = 1L;

    private final transient UnitOfWork work;
    private transient long start;

    private Listener(UnitOfWork work) {
      this.work = work;
    }

    @Override
    public void executeStart(ExecuteContext context) {
      start = work.startOfStatement();
    }

    @Override
    public void executeEnd(ExecuteContext context) {
      work.endOfStatement(sql(context), start, null);
    }

    @Override
    public void exception(ExecuteContext context) {
      SQLException failure = context.sqlException();
      if (failure != null) {
        work.endOfStatement(sql(context), start, failure);
        context.exception(work.failed(failure));
      }
    }

    private static String sql(ExecuteContext context) {
      @Nullable String sql = context.sql();
      return sql == null ? "" : sql;
    }
  }
}
