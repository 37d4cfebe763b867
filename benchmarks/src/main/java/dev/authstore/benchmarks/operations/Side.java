package dev.authstore.benchmarks.operations;

/** Who runs an operation. */
enum Side {
  AUTHSTORE,
  JDBC
}
