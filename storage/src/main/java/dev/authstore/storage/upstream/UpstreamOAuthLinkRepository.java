package dev.authstore.storage.upstream;

import dev.authstore.model.upstream.UpstreamOAuthLink;
import dev.authstore.model.upstream.UpstreamOAuthProvider;
import dev.authstore.model.user.User;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import java.util.Optional;
import java.util.UUID;

/**
 * Identities met at providers, each at most once, and whose they are here. A link is made without
 * an account; once it has one it keeps it until it is removed.
 */
public interface UpstreamOAuthLinkRepository {

  /** The link, of an account or not. */
  Optional<UpstreamOAuthLink> lookup(UUID id);

  /** The link of that identity, of an account or not, at an enabled provider or not. */
  Optional<UpstreamOAuthLink> findBySubject(UpstreamOAuthProvider provider, String subject);

  Page<UpstreamOAuthLink> list(UpstreamOAuthLinkFilter filter, Pagination pagination);

  long count(UpstreamOAuthLinkFilter filter);

  /**
   * Adds a link without an account.
   *
   * @param subject up to 2048 bytes of UTF-8, compared by the letter
   * @param humanAccountName up to 1024 bytes of UTF-8
   * @throws ConflictException UPSTREAM_SUBJECT_TAKEN if the identity has a link already
   * @throws InvalidInputException if the subject is empty, or one of the two is too long or holds
   *     U+0000 or an unpaired surrogate
   * @throws NotFoundException if the provider is gone
   */
  UpstreamOAuthLink add(
      UpstreamOAuthProvider provider, String subject, Optional<String> humanAccountName);

  /**
   * As {@link #add}, or the link that is there, with the name it has. Of several callers at once,
   * one adds it. Clean-ups leave it alone until the unit of work ends.
   *
   * @throws InvalidInputException if the subject is empty, or one of the two is too long or holds
   *     U+0000 or an unpaired surrogate
   * @throws NotFoundException if the provider is gone
   */
  FoundLink findOrAdd(
      UpstreamOAuthProvider provider, String subject, Optional<String> humanAccountName);

  /**
   * Gives the identity to an account. Giving it to the one that has it changes nothing.
   *
   * @throws ConflictException UPSTREAM_LINK_TAKEN if it belongs to another account
   * @throws NotFoundException if the link or the account is gone
   */
  UpstreamOAuthLink associateToUser(UpstreamOAuthLink link, User user);

  /**
   * Deletes the link. The logins by it become unlinked, used or not, and what the provider told is
   * erased from them but for the claims; browser sessions go on.
   *
   * @throws NotFoundException if the link is gone
   */
  void remove(UpstreamOAuthLink link);

  /**
   * Removes all links that match, as {@link #remove} does.
   *
   * @return how many
   * @throws InvalidInputException if the filter has no criterion
   */
  int removeBulk(UpstreamOAuthLinkFilter filter);

  /**
   * Deletes links without an account with {@code since < id <= until}, the oldest first, and the
   * authorization sessions by them. Kept are those that somebody is using: with an authorization
   * session begun after {@code until} or attached to an unfinished sign-up. What another
   * transaction has locked is left for the next run.
   *
   * @param limit at least 1
   * @throws InvalidInputException if the limit is below 1 or {@code until} lies in the future
   */
  CleanupResult<UUID> cleanupOrphaned(Optional<UUID> since, UUID until, int limit);
}
