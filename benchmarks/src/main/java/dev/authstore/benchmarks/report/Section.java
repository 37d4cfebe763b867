package dev.authstore.benchmarks.report;

import dev.authstore.benchmarks.Bench;

/** A part of the report that can be run by itself. */
public interface Section {

  /** What it is called at the command line and in names of files. */
  String name();

  String title();

  /** What is measured, and how, in a paragraph. */
  String about();

  /**
   * Measures. It uses databases of its own.
   *
   * @throws Exception of whatever it measures: a report with a hole is none
   */
  Findings run(Bench bench) throws Exception;
}
