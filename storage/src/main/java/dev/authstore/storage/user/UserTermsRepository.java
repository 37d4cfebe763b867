package dev.authstore.storage.user;

import dev.authstore.model.user.AcceptedTerms;
import dev.authstore.model.user.User;
import dev.authstore.storage.InvalidDataException;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.NotFoundException;
import java.net.URI;
import java.util.List;

/**
 * Evidence of which terms of service were accepted. Addresses are compared as text: a new version
 * of the terms is a new address, if only by its query.
 */
public interface UserTermsRepository {

  /** Whether the account has accepted the terms under exactly this address. */
  boolean hasAccepted(User user, URI termsUrl);

  /**
   * What the account has accepted, the earliest first.
   *
   * @throws InvalidDataException if a stored address is none
   */
  List<AcceptedTerms> all(User user);

  /**
   * Records that the account accepts the terms. Accepting them again changes nothing: the first
   * instant stays.
   *
   * @param termsUrl absolute, up to 2000 bytes of UTF-8
   * @throws NotFoundException if the account is gone
   * @throws InvalidInputException if the address is relative or too long
   */
  void acceptTerms(User user, URI termsUrl);
}
