/** Ways to give each test an empty, migrated database. */
@NullMarked
package dev.authstore.benchmarks.databases;

import org.jspecify.annotations.NullMarked;
