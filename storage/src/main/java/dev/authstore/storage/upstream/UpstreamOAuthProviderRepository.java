package dev.authstore.storage.upstream;

import dev.authstore.model.upstream.UpstreamOAuthProvider;
import dev.authstore.storage.InvalidDataException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.StorageObserver;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Identity providers at which people may log in, as they are configured. Two may have the same
 * issuer and client id.
 */
public interface UpstreamOAuthProviderRepository {

  /**
   * The provider, enabled or not.
   *
   * @throws InvalidDataException if the row cannot be read
   */
  Optional<UpstreamOAuthProvider> lookup(UUID id);

  /**
   * The enabled providers, in the order of the user interface. A row that cannot be read is left
   * out, so that it does not bar everybody from logging in; it is logged, and told to {@link
   * StorageObserver#skipped}.
   */
  List<UpstreamOAuthProvider> allEnabled();

  /**
   * In the order of the ids, not of the user interface.
   *
   * @throws InvalidDataException if a row cannot be read
   */
  Page<UpstreamOAuthProvider> list(UpstreamOAuthProviderFilter filter, Pagination pagination);

  long count(UpstreamOAuthProviderFilter filter);

  /** Adds a provider, enabled. */
  UpstreamOAuthProvider add(UpstreamOAuthProviderParams params);

  /**
   * Writes the provider with that id: a new one, or over all parameters of the one there is, which
   * keeps its links and the instant of its creation. It is enabled afterwards.
   *
   * @param id chosen by the operator, of any version
   */
  UpstreamOAuthProvider upsert(UUID id, UpstreamOAuthProviderParams params);

  /**
   * Takes the provider out of use. Disabling a disabled one changes nothing: the first instant
   * stays.
   *
   * @throws NotFoundException if the provider is gone
   */
  UpstreamOAuthProvider disable(UpstreamOAuthProvider provider);

  /**
   * Deletes the provider, enabled or not, with all its links and authorization sessions. Browser
   * sessions that were logged in there go on.
   *
   * @throws NotFoundException if the provider is gone
   */
  void delete(UpstreamOAuthProvider provider);

  /**
   * As {@link #delete}.
   *
   * @throws NotFoundException if there is no such provider
   */
  void deleteById(UUID id);
}
