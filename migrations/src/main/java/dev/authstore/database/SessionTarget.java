package dev.authstore.database;

import java.util.Optional;
import java.util.stream.Stream;

/** Which servers will do, of those that can be reached. */
enum SessionTarget {
  ANY("any", ""),
  READ_WRITE("read-write", "SHOW transaction_read_only"),
  PRIMARY("primary", "SELECT CASE WHEN pg_is_in_recovery() THEN 'on' ELSE 'off' END");

  private final String text;
  private final String question;

  SessionTarget(String text, String question) {
    this.text = text;
    this.question = question;
  }

  static Optional<SessionTarget> named(String text) {
    return Stream.of(values()).filter(target -> target.text.equals(text)).findFirst();
  }

  String text() {
    return text;
  }

  /** A query that a server answers with {@code off} if it will do; none if all do. */
  Optional<String> question() {
    return Optional.of(question).filter(query -> !query.isEmpty());
  }
}
