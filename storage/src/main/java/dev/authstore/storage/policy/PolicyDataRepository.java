package dev.authstore.storage.policy;

import dev.authstore.model.Json;
import dev.authstore.model.policy.PolicyData;
import dev.authstore.storage.InvalidInputException;
import java.util.Optional;
import java.util.UUID;

/**
 * Versions of the data that the policy engine merges into its own. The latest one is in force;
 * earlier ones are kept for a while.
 */
public interface PolicyDataRepository {

  /** The version in force, unless none was ever set. */
  Optional<PolicyData> get();

  /**
   * The version in force, unless it is the one that is known already: then no data is sent.
   *
   * @param known the id of the version that the caller has, if it has one
   */
  Optional<PolicyData> getIfNewer(Optional<UUID> known);

  /** The version with that id, in force or not. */
  Optional<PolicyData> lookup(UUID id);

  /**
   * Puts a new version in force, also if it equals the one before. Callers of {@code set} wait for
   * each other, and the last one to save has the greatest id, whatever their clocks say.
   *
   * @param data up to 1 MiB of text in UTF-8
   * @throws InvalidInputException if it is longer
   */
  PolicyData set(Json data);

  /**
   * Deletes all but the latest versions.
   *
   * @param keep how many are left; at least 1, so that the version in force stays
   * @return how many were deleted
   * @throws InvalidInputException if {@code keep} is below 1
   */
  int prune(int keep);
}
