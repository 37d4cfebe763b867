package dev.authstore.database;

import dev.authstore.database.libpq.LibpqKeyword;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The text of one line of {@link Setting}, as it is being written there. */
final class SettingSpec {

  final List<String> keys;
  List<String> variables = List.of();
  String inverseVariable = "";
  String parameter = "";
  @Nullable LibpqKeyword keyword;
  ValueType type = ValueType.TEXT;
  boolean nothingIsOff;
  String byDefault = "";
  String meaning = "";

  private SettingSpec(List<String> keys) {
    this.keys = keys;
  }

  /** The key in a file, and other spellings of it. */
  static SettingSpec named(String... keys) {
    return new SettingSpec(List.of(keys));
  }

  /** The variables beside the canonical one. */
  SettingSpec env(String... names) {
    variables = List.of(names);
    return this;
  }

  /** A variable that says the opposite. */
  SettingSpec notEnv(String name) {
    inverseVariable = name;
    return this;
  }

  /** The parameter of a connection string. */
  SettingSpec uri(String name) {
    parameter = name;
    return this;
  }

  /** The keyword of libpq that says the same. */
  SettingSpec keyword(LibpqKeyword same) {
    keyword = same;
    return this;
  }

  /** A key without a value in a file means zero, where others count as absent. */
  SettingSpec nothingIsOff() {
    nothingIsOff = true;
    return this;
  }

  SettingSpec type(ValueType wanted) {
    type = wanted;
    return this;
  }

  SettingSpec byDefault(String value) {
    byDefault = value;
    return this;
  }

  SettingSpec means(String sentence) {
    meaning = sentence;
    return this;
  }
}
