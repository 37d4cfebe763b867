package dev.authstore.benchmarks.flows;

/** What a token endpoint or an introspection endpoint asks of its storage. */
enum Flow {
  INTROSPECTION("introspection of an access token"),
  CODE_EXCHANGE("code exchange, with the client"),
  REFRESH("refresh, with the client");

  private final String title;

  Flow(String title) {
    this.title = title;
  }

  String title() {
    return title;
  }
}
