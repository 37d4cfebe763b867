package dev.authstore.storage.app;

import dev.authstore.model.Device;
import dev.authstore.model.app.AppSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.InvalidDataException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;

/** Sessions of OAuth 2.0 and of the older login API, in one order. */
public interface AppSessionRepository {

  /**
   * By id, whatever the kind. A page costs the same however many sessions there are.
   *
   * @throws InvalidDataException if sessions of both kinds have one id
   */
  Page<AppSession> list(AppSessionFilter filter, Pagination pagination);

  long count(AppSessionFilter filter);

  /** How many sessions of each kind count against a limit, in one statement. */
  ActiveSessionCounts countForLimiting(User user);

  /**
   * Ends the user's unfinished sessions on a device, with one instant, before another one begins
   * there. From then on until the end of the transaction nobody else begins a session of this user.
   * Tokens, personal sessions and browser sessions stay as they are.
   *
   * <p>Call it before the transaction adds a session or changes one.
   *
   * @return whether there was any
   * @throws NotFoundException if the account is gone
   */
  boolean finishSessionsToReplaceDevice(User user, Device device);
}
