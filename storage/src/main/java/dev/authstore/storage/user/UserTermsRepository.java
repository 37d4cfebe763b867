package dev.authstore.storage.user;

import dev.authstore.model.user.AcceptedTerms;
import dev.authstore.model.user.User;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.NotFoundException;
import java.net.URI;
import java.util.List;

/**
 * Who has accepted which terms of service, and when first. URLs are compared as text, without any
 * normalisation: new terms have a new URL. An acceptance is never withdrawn.
 */
public interface UserTermsRepository {

  /** Whether the account has accepted the terms of this very URL. */
  boolean hasAccepted(User user, URI termsUrl);

  /** All that the account has accepted, the oldest first. */
  List<AcceptedTerms> all(User user);

  /**
   * Records an acceptance. Accepting again changes nothing: the first instant stays.
   *
   * @param termsUrl absolute, up to 2000 bytes of UTF-8
   * @throws InvalidInputException if the URL is relative or too long, or holds an unpaired
   *     surrogate
   * @throws NotFoundException if the account is gone
   */
  void acceptTerms(User user, URI termsUrl);
}
