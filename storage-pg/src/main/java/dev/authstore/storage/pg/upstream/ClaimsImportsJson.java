package dev.authstore.storage.pg.upstream;

import dev.authstore.model.Json;
import dev.authstore.model.upstream.ClaimsImports;
import dev.authstore.model.upstream.ClaimsImports.Attribute;
import dev.authstore.model.upstream.ClaimsImports.Localpart;
import dev.authstore.model.upstream.ImportAction;
import dev.authstore.model.upstream.OnConflict;
import dev.authstore.storage.pg.internal.EnumConverter;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Imports of claims as they are stored. What is missing has its default, so an empty object imports
 * nothing; members that are not known are ignored.
 */
final class ClaimsImportsJson {
  private static final String SUBJECT = "subject";
  private static final String SKIP_CONFIRMATION = "skip_confirmation";
  private static final String LOCALPART = "localpart";
  private static final String DISPLAYNAME = "displayname";
  private static final String EMAIL = "email";
  private static final String ACCOUNT_NAME = "account_name";
  private static final String ACTION = "action";
  private static final String TEMPLATE = "template";
  private static final String ON_CONFLICT = "on_conflict";

  private static final EnumConverter<ImportAction> ACTIONS =
      new EnumConverter<>(ImportAction.class);
  private static final EnumConverter<OnConflict> CONFLICTS = new EnumConverter<>(OnConflict.class);

  private ClaimsImportsJson() {}

  static Json write(ClaimsImports imports) {
    return Json.ofMembers(
        Map.of(
            SUBJECT, part(imports.subjectTemplate()),
            SKIP_CONFIRMATION, Json.of(imports.skipConfirmation()),
            LOCALPART,
                part(
                    imports.localpart().template(),
                    ACTION,
                    EnumConverter.text(imports.localpart().action()),
                    ON_CONFLICT,
                    EnumConverter.text(imports.localpart().onConflict())),
            DISPLAYNAME, part(imports.displayname()),
            EMAIL, part(imports.email()),
            ACCOUNT_NAME, part(imports.accountNameTemplate())));
  }

  /**
   * @throws IllegalArgumentException if the text is not an object, or a member is not of its kind
   */
  static ClaimsImports read(String stored) {
    Json imports = object(Json.parse(stored));
    return new ClaimsImports(
        template(member(imports, SUBJECT)),
        imports.get(SKIP_CONFIRMATION).map(ClaimsImportsJson::flag).orElse(false),
        localpart(member(imports, LOCALPART)),
        attribute(member(imports, DISPLAYNAME)),
        attribute(member(imports, EMAIL)),
        template(member(imports, ACCOUNT_NAME)));
  }

  private static Json part(Attribute attribute) {
    return part(attribute.template(), ACTION, EnumConverter.text(attribute.action()));
  }

  private static Json part(Optional<String> template, String... namesAndTexts) {
    Map<String, String> members = new TreeMap<>();
    for (int i = 0; i < namesAndTexts.length; i += 2) {
      members.put(namesAndTexts[i], namesAndTexts[i + 1]);
    }
    template.ifPresent(text -> members.put(TEMPLATE, text));
    return Json.ofStrings(members);
  }

  private static Localpart localpart(Json part) {
    return new Localpart(
        action(part),
        template(part),
        text(part, ON_CONFLICT)
            .map(text -> known(CONFLICTS, text))
            .orElse(Localpart.IGNORED.onConflict()));
  }

  private static Attribute attribute(Json part) {
    return new Attribute(action(part), template(part));
  }

  private static ImportAction action(Json part) {
    return text(part, ACTION).map(text -> known(ACTIONS, text)).orElse(ImportAction.IGNORE);
  }

  private static Optional<String> template(Json part) {
    return text(part, TEMPLATE);
  }

  private static Json member(Json imports, String name) {
    return imports.get(name).map(ClaimsImportsJson::object).orElse(Json.ofStrings(Map.of()));
  }

  private static Optional<String> text(Json part, String name) {
    return part.get(name)
        .filter(value -> !value.isNull())
        .map(value -> value.asString().orElseThrow(() -> unexpected(name)));
  }

  private static Json object(Json value) {
    if (!value.isObject()) {
      throw new IllegalArgumentException("not an object");
    }
    return value;
  }

  private static boolean flag(Json value) {
    return value.asBoolean().orElseThrow(() -> unexpected(SKIP_CONFIRMATION));
  }

  private static <E extends Enum<E>> E known(EnumConverter<E> constants, String text) {
    E constant = constants.from(text);
    if (constant == null) {
      throw new IllegalArgumentException("unknown word");
    }
    return constant;
  }

  private static IllegalArgumentException unexpected(String name) {
    return new IllegalArgumentException(name + " is of another kind");
  }
}
