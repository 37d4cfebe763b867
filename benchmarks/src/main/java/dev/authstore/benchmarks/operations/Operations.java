package dev.authstore.benchmarks.operations;

/** What is measured, as one side does it. */
record Operations(UserOperations users, OAuth2Operations oauth2, OtherOperations others) {
  /** How many a list shows. */
  static final int PAGE = 20;
}
