package dev.authstore.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jooq.codegen.DefaultGeneratorStrategy;
import org.jooq.codegen.GenerationTool;
import org.jooq.meta.Definition;
import org.jooq.meta.jaxb.Configuration;
import org.jooq.meta.jaxb.Database;
import org.jooq.meta.jaxb.Generator;
import org.jooq.meta.jaxb.Property;
import org.jooq.meta.jaxb.SchemaMappingType;
import org.jooq.meta.jaxb.Strategy;
import org.jooq.meta.jaxb.Target;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SchemaDatabaseTest {

  @TempDir Path directory;

  @Test
  void generatesTheTablesOfTheScripts() throws Exception {
    generate(new Strategy());

    assertThat(generated()).contains("Users.java", "UserEmails.java", "BrowserSessions.java");
  }

  @Test
  void leavesOutTheHistoryAndTheExtension() throws Exception {
    generate(new Strategy());

    assertThat(generated())
        .noneMatch(file -> file.contains("History"))
        .noneMatch(file -> file.contains("Similarity"));
  }

  @Test
  void generatesTheTablesOfAnApplicationBesideOurs() throws Exception {
    Path scripts = Files.createDirectory(directory.resolve("scripts"));
    Files.writeString(
        scripts.resolve("V1__notes.sql"),
        """
        CREATE TABLE notes (
          id uuid CONSTRAINT notes_pk PRIMARY KEY,
          user_id uuid CONSTRAINT notes_user_id_fk REFERENCES ${authstore}.users (id)
        );
        """);

    generate(
        new Strategy(),
        new Database()
            .withSchemata(new SchemaMappingType().withInputSchema("notes"))
            .withProperties(
                new Property().withKey("scripts").withValue("filesystem:" + scripts),
                new Property().withKey("scripts.schema").withValue("notes"),
                new Property().withKey("scripts.placeholder.authstore").withValue("authstore")));

    assertThat(generated())
        .contains("Notes.java")
        .doesNotContain("Users.java")
        .noneMatch(file -> file.contains("Scripts"));
  }

  @Test
  void stopsTheServer() throws Exception {
    List<Path> before = ServerDirectories.list();

    generate(new Strategy());

    assertThat(ServerDirectories.list()).isEqualTo(before);
  }

  @Test
  void stopsTheServerWhenGenerationFails() throws Exception {
    List<Path> before = ServerDirectories.list();
    Strategy broken = new Strategy().withName(BrokenStrategy.class.getName());

    assertThatThrownBy(() -> generate(broken)).hasStackTraceContaining("broken on purpose");

    assertThat(ServerDirectories.list()).isEqualTo(before);
  }

  /** Fails when the generator begins to write, the schema having been read. */
  public static final class BrokenStrategy extends DefaultGeneratorStrategy {
    @Override
    public String getJavaPackageName(Definition definition, Mode mode) {
      throw new IllegalStateException("broken on purpose");
    }
  }

  private void generate(Strategy strategy) throws Exception {
    generate(strategy, new Database().withInputSchema("authstore"));
  }

  private void generate(Strategy strategy, Database database) throws Exception {
    GenerationTool.generate(
        new Configuration()
            .withGenerator(
                new Generator()
                    .withStrategy(strategy)
                    .withDatabase(database.withName(SchemaDatabase.class.getName()))
                    .withTarget(
                        new Target()
                            .withDirectory(directory.toString())
                            .withPackageName("generated"))));
  }

  private List<String> generated() throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(Files::isRegularFile).map(file -> file.getFileName().toString()).toList();
    }
  }
}
