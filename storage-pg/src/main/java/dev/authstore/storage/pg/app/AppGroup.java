package dev.authstore.storage.pg.app;

import dev.authstore.storage.app.AppSessionRepository;
import dev.authstore.storage.pg.internal.UnitOfWork;

/** Hands out the repository of this group. */
public final class AppGroup {
  private AppGroup() {}

  public static AppSessionRepository sessions(UnitOfWork work) {
    return new PgAppSessionRepository(work);
  }
}
