package dev.authstore.storage.oauth2;

import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.page.CountedPage;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Relying parties. Dynamic ones register themselves; static ones mirror the configuration. Which
 * metadata a client may have, and what is meant where it is silent, is the service's business.
 */
public interface OAuth2ClientRepository {

  /** The client, static or not. */
  Optional<OAuth2Client> lookup(UUID id);

  /**
   * The client with that {@code client_id}: its id as text, or the same 128 bits as a ULID, which
   * clients of an imported database use. Other text is nobody's.
   */
  Optional<OAuth2Client> findByClientId(String clientId);

  /** The dynamic client that has registered the metadata with that digest. */
  Optional<OAuth2Client> findByMetadataDigest(String digest);

  /** The clients with these ids; those that do not exist are missing from the map. */
  Map<UUID, OAuth2Client> loadBatch(Set<UUID> ids);

  /** All static clients, ascending by id. */
  List<OAuth2Client> allStatic();

  Page<OAuth2Client> list(OAuth2ClientFilter filter, Pagination pagination);

  long count(OAuth2ClientFilter filter);

  /** The page and how many match, in one statement. */
  CountedPage<OAuth2Client> listWithCount(OAuth2ClientFilter filter, Pagination pagination);

  /**
   * Adds a dynamic client.
   *
   * @throws ConflictException CLIENT_METADATA_TAKEN if another client has the digest
   */
  OAuth2Client add(OAuth2ClientParams params);

  /**
   * Adds a dynamic client, or finds the one that has registered the same metadata. Of several
   * callers at once, one creates it and the others reuse it.
   *
   * @throws InvalidInputException if the parameters have no digest
   */
  ClientRegistration registerOrReuse(OAuth2ClientParams params);

  /**
   * Writes a client of the configuration, over whatever has its id: it becomes static, may use the
   * grant types authorization code, refresh token, client credentials and device code, and loses
   * all metadata that the parameters do not have. Its sessions and tokens stay.
   */
  OAuth2Client upsertStatic(StaticOAuth2ClientParams params);

  /**
   * Deletes some of the client's sessions, the oldest first, with their tokens and grants. For a
   * client that has too many to go in one statement: call it until it returns less than the limit,
   * each time in a transaction of its own, and then {@link #delete}.
   *
   * <p>Sessions that another transaction has locked are passed over. Introspection goes on beside
   * it; only marking the first use of a token that is being deleted waits for the transaction.
   *
   * @param limit at least 1
   * @return how many sessions
   * @throws InvalidInputException if the limit is below 1
   */
  int deleteSessions(OAuth2Client client, int limit);

  /**
   * Deletes the client with all its grants, sessions and tokens, and the personal sessions it owns.
   *
   * @throws NotFoundException if the client is gone
   */
  void delete(OAuth2Client client);

  /**
   * As {@link #delete}.
   *
   * @throws NotFoundException if there is no such client
   */
  void deleteById(UUID id);
}
