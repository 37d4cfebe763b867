package dev.authstore.schema;

import java.util.Arrays;
import java.util.Locale;

/** The groups of tables, named as the packages of their repositories, in the order of reading. */
enum SchemaGroup {
  USER("Accounts", "#E3F0FB", "user|browser"),
  UPSTREAM("Logins at other identity providers", "#FBEFD9", "upstream"),
  OAUTH2("OAuth 2.0 and OpenID Connect", "#E4F4E4", "oauth2"),
  COMPAT("Sessions of Matrix's older login API", "#F3E6F7", "compat"),
  PERSONAL("Personal access", "#FDE7E4", "personal"),
  POLICY("Policy data", "#EEF0F2", "policy"),
  QUEUE("The job queue", "#DFF3F3", "queue"),
  SCHEMA("The schema itself", "#F4F5F6", "schema");

  private final String title;
  private final String colour;
  private final String beginnings;

  SchemaGroup(String title, String colour, String beginnings) {
    this.title = title;
    this.colour = colour;
    this.beginnings = beginnings;
  }

  static SchemaGroup of(String table) {
    return Arrays.stream(values())
        .filter(group -> table.matches("(%s).*".formatted(group.beginnings)))
        .findFirst()
        .orElseThrow(
            () ->
                new AssertionError(
                    "give the table %s a group in SchemaGroup, by how its name begins"
                        .formatted(table)));
  }

  String title() {
    return title;
  }

  String colour() {
    return colour;
  }

  /** As a package, and as the name of a picture. */
  String id() {
    return name().toLowerCase(Locale.ROOT);
  }
}
