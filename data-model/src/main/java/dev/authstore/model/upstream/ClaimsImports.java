package dev.authstore.model.upstream;

import java.util.Optional;

/**
 * How what a provider tells about a person becomes an account. Templates are the service's to
 * evaluate, and where there is none the default is the service's; they are not printed.
 *
 * @param subjectTemplate what identifies the person there
 * @param skipConfirmation whether the account is created without asking the person anything
 * @param localpart the user name
 * @param displayname the name to show
 * @param email the e-mail address
 * @param accountNameTemplate what the link is called; without one it has no name
 */
public record ClaimsImports(
    Optional<String> subjectTemplate,
    boolean skipConfirmation,
    Localpart localpart,
    Attribute displayname,
    Attribute email,
    Optional<String> accountNameTemplate) {

  /** Imports nothing. */
  public static final ClaimsImports NONE =
      new ClaimsImports(
          Optional.empty(),
          false,
          Localpart.IGNORED,
          Attribute.IGNORED,
          Attribute.IGNORED,
          Optional.empty());

  /** How the user name is found, and what happens if an account has it. */
  public record Localpart(ImportAction action, Optional<String> template, OnConflict onConflict) {
    public static final Localpart IGNORED =
        new Localpart(ImportAction.IGNORE, Optional.empty(), OnConflict.FAIL);

    @Override
    public String toString() {
      return "Localpart[action=" + action + ", onConflict=" + onConflict + "]";
    }
  }

  /** How something else is found. */
  public record Attribute(ImportAction action, Optional<String> template) {
    public static final Attribute IGNORED = new Attribute(ImportAction.IGNORE, Optional.empty());

    @Override
    public String toString() {
      return "Attribute[action=" + action + "]";
    }
  }

  @Override
  public String toString() {
    return "ClaimsImports[skipConfirmation="
        + skipConfirmation
        + ", localpart="
        + localpart
        + ", displayname="
        + displayname
        + ", email="
        + email
        + "]";
  }
}
