package dev.authstore.benchmarks;

/** Who runs an operation. */
public enum Side {
  AUTHSTORE,
  JDBC
}
