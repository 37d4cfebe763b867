package dev.authstore.storage.user;

import dev.authstore.model.user.Password;
import dev.authstore.model.user.User;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.NotFoundException;
import java.util.Optional;

/**
 * Passwords, hashed by the service. An account has at most one that counts; the others have lost
 * their hash.
 */
public interface UserPasswordRepository {

  /** The password that counts, whatever the state of the account. Empty if none was ever set. */
  Optional<Password> active(User user);

  /**
   * Sets a password, which counts from now on, and erases the hash of the one before.
   *
   * @param version of the hashing scheme, 0 to 65535
   * @param hashedPassword 1 to 1024 bytes of UTF-8
   * @param upgradedFrom if given, the new hash is of the same password: it is stored only if this
   *     one still counts
   * @throws ConflictException PASSWORD_SUPERSEDED if {@code upgradedFrom} no longer counts; nothing
   *     is stored
   * @throws InvalidInputException if {@code upgradedFrom} is another account's, or the hash or
   *     version is out of range
   * @throws NotFoundException if the account is gone
   */
  Password add(User user, int version, String hashedPassword, Optional<Password> upgradedFrom);
}
