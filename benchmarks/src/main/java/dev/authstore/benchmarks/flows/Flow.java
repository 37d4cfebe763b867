package dev.authstore.benchmarks.flows;

/** What endpoints, and those who keep them running, ask of their storage. */
public enum Flow {
  INTROSPECTION("introspection of an access token", false),
  CODE_EXCHANGE("code exchange, with the client", false),
  REFRESH("refresh, with the client", false),
  CLIENT_CREDENTIALS("client credentials, with the client", false),
  DEVICE_EXCHANGE("device exchange, with the client", false),
  LOGIN("password login up to the hash", false),
  SESSIONS("a user's sessions", false),
  ACTIVITY("activity of many sessions", true),
  CLEANUP("cleanup of expired tokens", true);

  private final String title;
  private final boolean isBulk;

  Flow(String title, boolean isBulk) {
    this.title = title;
    this.isBulk = isBulk;
  }

  public String title() {
    return title;
  }

  /** Whether one run is long, so that it is measured by itself. */
  public boolean isBulk() {
    return isBulk;
  }
}
