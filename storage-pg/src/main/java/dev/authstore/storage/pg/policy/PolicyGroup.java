package dev.authstore.storage.pg.policy;

import dev.authstore.storage.pg.internal.UnitOfWork;
import dev.authstore.storage.policy.PolicyDataRepository;

/** Hands out the repository of this group. */
public final class PolicyGroup {
  private PolicyGroup() {}

  public static PolicyDataRepository policyData(UnitOfWork work) {
    return new PgPolicyDataRepository(work);
  }
}
