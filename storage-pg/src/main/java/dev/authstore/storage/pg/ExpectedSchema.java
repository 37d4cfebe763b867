package dev.authstore.storage.pg;

import dev.authstore.migrations.SchemaCatalogue;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * What the scripts of this program make, as the build has seen it when it generated the classes.
 */
public final class ExpectedSchema {

  private static final String RESOURCE = "catalogue.tsv";

  private ExpectedSchema() {}

  /** Everything that a schema which is up to date has in it. */
  public static SchemaCatalogue catalogue() {
    try (InputStream resource = ExpectedSchema.class.getResourceAsStream(RESOURCE)) {
      if (resource == null) {
        throw new IllegalStateException("the build has not written " + RESOURCE);
      }
      return SchemaCatalogue.parse(new String(resource.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
