package dev.authstore.storage.pg;

import dev.authstore.model.Device;
import dev.authstore.model.app.AppSession;
import dev.authstore.storage.app.AppSessionFilter;
import dev.authstore.storage.page.Page;
import java.util.Map;

/** What the operations on sessions of applications are called with. They have no tables. */
final class AppTables {
  private AppTables() {}

  /** An argument of each type of this group. */
  static void fill(Fixture fixture) {
    fixture.put(Device.class, new Device("device"));
    fixture.put(AppSessionFilter.class, AppSessionFilter.all().user(fixture.user().id()));
  }

  /** The list of this group, which has what two other lists have. */
  static Map<String, PaginationContractTest.Walked> lists(Store store, int rows) {
    return Map.of(
        "AppSessionRepository.list",
        new PaginationContractTest.Walked(
            2 * rows,
            page ->
                store.<Page<AppSession>>read(
                    repo -> repo.appSessions().list(AppSessionFilter.all(), page)),
            node -> ((AppSession) node).id()));
  }
}
