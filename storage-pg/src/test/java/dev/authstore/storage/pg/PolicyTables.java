package dev.authstore.storage.pg;

import java.util.Map;

/** What guards the table of policy data: its key, which the statement keeps. */
final class PolicyTables {
  /** How the table is kept from growing for ever. */
  static final Map<String, String> CLEANUPS = Map.of("policy_data", "policy_data.prune");

  private PolicyTables() {}
}
