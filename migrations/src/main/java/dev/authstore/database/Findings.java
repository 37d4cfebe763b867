package dev.authstore.database;

import dev.authstore.database.ConfigProblem.Code;
import dev.authstore.database.libpq.Fault;
import dev.authstore.database.tls.TlsMaterialException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What is found while settings are read: problems, all of them, and things worth a word. */
final class Findings {

  private final List<ConfigProblem> problems = new ArrayList<>();
  private final List<Notice> notices = new ArrayList<>();

  void problem(Code code, String key, Origin origin, String message) {
    add(new ConfigProblem(code, key, origin, message, Optional.empty()));
  }

  void problem(Code code, String key, Origin origin, String message, String hint) {
    add(new ConfigProblem(code, key, origin, message, Optional.of(hint)));
  }

  /** A fault in what a value says in libpq's language. */
  void fault(Fault fault, String name, Origin origin) {
    String key =
        fault.key().isEmpty() || fault.key().equals(name) ? name : name + " (" + fault.key() + ")";
    add(new ConfigProblem(code(fault.kind()), key, origin, fault.message(), fault.hint()));
  }

  void material(TlsMaterialException problem, String key, Origin origin) {
    Code code =
        switch (problem.kind()) {
          case MISSING -> Code.FILE_MISSING;
          case UNREADABLE -> Code.FILE_UNREADABLE;
          case PERMISSIONS -> Code.FILE_PERMISSIONS;
          case CERTIFICATE -> Code.BAD_CERTIFICATE;
          case PRIVATE_KEY -> Code.BAD_PRIVATE_KEY;
        };
    add(new ConfigProblem(code, key, origin, String.valueOf(problem.getMessage()), problem.hint()));
  }

  void warn(String text) {
    add(Notice.warning(text));
  }

  void inform(String text) {
    add(Notice.info(text));
  }

  List<Notice> notices() {
    return List.copyOf(notices);
  }

  boolean hasProblems() {
    return !problems.isEmpty();
  }

  void throwIfAny() {
    if (hasProblems()) {
      throw new ConfigurationException(problems);
    }
  }

  // What the replica takes from the primary is read twice, and told once.
  private void add(ConfigProblem problem) {
    if (!problems.contains(problem)) {
      problems.add(problem);
    }
  }

  private void add(Notice notice) {
    if (!notices.contains(notice)) {
      notices.add(notice);
    }
  }

  private static Code code(Fault.Kind kind) {
    return switch (kind) {
      case SYNTAX -> Code.BAD_URI;
      case ENCODING -> Code.BAD_ENCODING;
      case UNKNOWN_KEY -> Code.UNKNOWN_KEY;
      case UNSUPPORTED_KEY -> Code.UNSUPPORTED_KEY;
      case CONFLICT -> Code.CONFLICTING_KEYS;
      case NO_INTEGER -> Code.BAD_INTEGER;
      case OUT_OF_RANGE -> Code.OUT_OF_RANGE;
      case MISSING_FILE -> Code.FILE_MISSING;
      case UNREADABLE_FILE -> Code.FILE_UNREADABLE;
      case OPEN_FILE -> Code.FILE_PERMISSIONS;
    };
  }
}
