package dev.authstore.storage.user;

import dev.authstore.model.user.User;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.LockTimeoutException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import java.util.Optional;
import java.util.UUID;

/**
 * Accounts. Two independent switches, locked and deactivated, decide whether one may be used; none
 * is ever deleted. Turning a switch neither ends sessions nor touches the other switch.
 */
public interface UserRepository {

  /** The account, also one that is locked or deactivated. */
  Optional<User> lookup(UUID id);

  /**
   * The account of that name in any spelling. If several differ in case only, the one spelled
   * exactly so; if none is, empty.
   */
  Optional<User> findByUsername(String username);

  /**
   * Whether the name is taken in any spelling, also where {@link #findByUsername} cannot decide
   * between several.
   */
  boolean exists(String username);

  /**
   * The account that somebody wants to log in to, with its password. If the login contains
   * {@code @} and addresses are allowed, the only account with that address; if there is none or
   * more than one, the account that {@link #findByUsername} finds.
   */
  Optional<LoginCandidate> findForLogin(String login, boolean emailAllowed);

  Page<User> list(UserFilter filter, Pagination pagination);

  long count(UserFilter filter);

  /**
   * Adds an account that may be used at once, even if another one's name differs in case only: for
   * imports. If another transaction is adding the same name, waits for its end.
   *
   * @param username up to 255 bytes of UTF-8
   * @throws ConflictException USERNAME_TAKEN if the name is taken exactly as written
   * @throws InvalidInputException if the name is empty, too long, or holds U+0000 or an unpaired
   *     surrogate
   */
  User add(String username);

  /**
   * As {@link #add}, but the name must be free in every spelling: for registrations. Of two calls
   * of this with spellings of one name at once, the second waits; another spelling that {@link
   * #add} has not saved yet is not seen.
   *
   * @throws ConflictException USERNAME_TAKEN if the name is taken in any spelling
   * @throws InvalidInputException as for {@link #add}
   */
  User addIfAvailable(String username);

  /**
   * Blocks the account. Locking a locked one changes nothing: the first {@code lockedAt} stays.
   *
   * @throws NotFoundException if the account is gone
   */
  User lock(User user);

  /**
   * Lifts the block, if there is one.
   *
   * @throws NotFoundException if the account is gone
   */
  User unlock(User user);

  /**
   * Closes the account. Deactivating a deactivated one changes nothing: the first {@code
   * deactivatedAt} stays.
   *
   * @throws NotFoundException if the account is gone
   */
  User deactivate(User user);

  /**
   * Opens the account again, if it is closed.
   *
   * @throws NotFoundException if the account is gone
   */
  User reactivate(User user);

  /**
   * Sets whether the account may ask for the administration scope, in any state.
   *
   * @throws NotFoundException if the account is gone
   */
  User setCanRequestAdmin(User user, boolean canRequestAdmin);

  /**
   * Deletes the third-party identifiers that an import brought along and that nothing else
   * supports.
   *
   * @return how many; 0 also for an unknown account
   */
  int deleteUnsupportedThreepids(User user);

  /**
   * Waits until no other transaction holds this lock for the account, and holds it until this one
   * ends. The row need not exist and stays readable and changeable for others. Taking it twice in
   * one transaction is fine.
   *
   * @throws InvalidStateException NO_TRANSACTION inside {@code direct}, where the lock would end at
   *     once
   * @throws LockTimeoutException if the server's {@code lock_timeout} passes first
   */
  void acquireLockForSync(User user);
}
