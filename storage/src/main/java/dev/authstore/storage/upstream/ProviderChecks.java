package dev.authstore.storage.upstream;

import dev.authstore.model.upstream.AuthorizationParameter;
import dev.authstore.model.upstream.ClaimsImports;
import dev.authstore.model.upstream.ClaimsImports.Attribute;
import dev.authstore.model.upstream.ImportAction;
import dev.authstore.model.upstream.OnConflict;
import dev.authstore.storage.Inputs;
import dev.authstore.storage.InvalidInputException;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What the configuration of a provider must not be. */
final class ProviderChecks {
  private static final int MAX_NAME = 1024;
  private static final int MAX_TEXT = 8192;

  private ProviderChecks() {}

  static void require(boolean holds, String message) {
    if (!holds) {
      throw new InvalidInputException(message);
    }
  }

  static void texts(
      Optional<String> issuer,
      Optional<String> humanName,
      Optional<String> brandName,
      String clientId,
      Optional<String> encryptedClientSecret) {
    text("issuer", issuer, MAX_TEXT);
    text("human name", humanName, MAX_NAME);
    text("brand name", brandName, MAX_NAME);
    Inputs.text("client id", clientId, MAX_TEXT);
    text("encrypted client secret", encryptedClientSecret, MAX_TEXT);
  }

  static void uri(String name, Optional<URI> uri) {
    uri.ifPresent(value -> Inputs.absolute(name, value, MAX_TEXT));
  }

  static void parameters(List<AuthorizationParameter> parameters) {
    for (AuthorizationParameter parameter : parameters) {
      Inputs.text("name of a parameter", parameter.name(), MAX_NAME);
      template(parameter.template());
    }
  }

  static void imports(ClaimsImports imports) {
    ImportAction name = imports.localpart().action();
    Stream.of(
            imports.subjectTemplate(),
            imports.localpart().template(),
            imports.displayname().template(),
            imports.email().template(),
            imports.accountNameTemplate())
        .flatMap(Optional::stream)
        .forEach(ProviderChecks::template);
    require(
        imports.localpart().onConflict() == OnConflict.FAIL || name.isForcedOrRequired(),
        "a user name that is not imposed cannot have a conflict resolved");
    if (imports.skipConfirmation()) {
      require(name.isRequired(), "without confirmation the user name must be required");
      require(isNoSuggestion(imports.displayname()), "the display name is suggested to nobody");
      require(isNoSuggestion(imports.email()), "the e-mail address is suggested to nobody");
    }
  }

  private static boolean isNoSuggestion(Attribute attribute) {
    return attribute.action() != ImportAction.SUGGEST;
  }

  private static void text(String name, Optional<String> text, int maxBytes) {
    text.ifPresent(value -> Inputs.text(name, value, maxBytes));
  }

  // One that is empty says that the value is.
  private static void template(String template) {
    if (!template.isEmpty()) {
      Inputs.text("template", template, MAX_TEXT);
    }
  }
}
