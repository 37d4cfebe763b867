package dev.authstore.storage.user;

import dev.authstore.model.user.User;
import dev.authstore.model.user.UserEmail;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * E-mail addresses whose control was proved. Addresses are compared folded; several accounts may
 * share one. Send mail to the stored address only, never to the spelling that somebody typed:
 * folding may equate two mailboxes.
 */
public interface UserEmailRepository {

  Optional<UserEmail> lookup(UUID id);

  /** This account's entry for the address. */
  Optional<UserEmail> find(User user, String email);

  /** The entry for the address; empty if there is none or more than one. */
  Optional<UserEmail> findByEmail(String email);

  /** All addresses of the account, ascending by the folded address in byte order, then by id. */
  List<UserEmail> all(User user);

  Page<UserEmail> list(UserEmailFilter filter, Pagination pagination);

  long count(UserEmailFilter filter);

  /**
   * Adds an address that the caller vouches for, whatever the state of the account and whoever else
   * has the address.
   *
   * @param email up to 320 bytes of UTF-8
   * @throws ConflictException EMAIL_TAKEN if this account has the address already
   * @throws NotFoundException if the account is gone
   * @throws InvalidInputException if the address is empty, too long, or holds U+0000 or an unpaired
   *     surrogate
   */
  UserEmail add(User user, String email);

  /**
   * As {@link #add}, but no account may have the address. Of two that add it at once, the second
   * waits.
   *
   * @throws ConflictException EMAIL_TAKEN if any account has the address
   * @throws NotFoundException if the account is gone
   * @throws InvalidInputException as for {@link #add}
   */
  UserEmail addIfUnused(User user, String email);

  /**
   * Deletes the entry. The last one may go.
   *
   * @throws NotFoundException if it is gone
   */
  void remove(UserEmail userEmail);

  /**
   * Deletes all entries that match.
   *
   * @return how many
   * @throws InvalidInputException if the filter has no criterion
   */
  int removeBulk(UserEmailFilter filter);
}
