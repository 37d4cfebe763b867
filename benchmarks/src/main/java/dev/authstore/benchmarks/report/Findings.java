package dev.authstore.benchmarks.report;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a section has found, in the order in which it is shown. */
public final class Findings {
  private final List<Table> tables = new ArrayList<>();
  private final List<Chart> charts = new ArrayList<>();
  private final List<Goal> goals = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private final Map<String, Object> raw = new LinkedHashMap<>();

  public void add(Table table) {
    tables.add(table);
  }

  public void add(Chart chart) {
    charts.add(chart);
  }

  public void add(Goal goal) {
    goals.add(goal);
  }

  /** A sentence below the tables. */
  public void note(String sentence) {
    notes.add(sentence);
  }

  /** Figures as they were measured, for the raw file only. */
  public void raw(String what, Object figures) {
    raw.put(what, figures);
  }

  public List<Table> tables() {
    return List.copyOf(tables);
  }

  public List<Chart> charts() {
    return List.copyOf(charts);
  }

  public List<Goal> goals() {
    return List.copyOf(goals);
  }

  public List<String> notes() {
    return List.copyOf(notes);
  }

  public Map<String, Object> raw() {
    return Collections.unmodifiableMap(raw);
  }
}
