package dev.authstore.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class SchemaReferenceTest {

  private static final Path FOLDER = Path.of("../docs/schema");
  private static final String REMEDY =
      "write it anew: mvn test -pl testing -am -Dauthstore.docs.write=true";

  @RegisterExtension final TestDatabase database = TestDatabase.fresh();

  @Test
  void describesWhatTheScriptsMake() throws Exception {
    List<SchemaTable> tables = SchemaReader.read(database.dataSource());
    String reference = SchemaReference.write(tables);
    List<SchemaDiagram> diagrams = diagrams(tables);
    if (Boolean.getBoolean("authstore.docs.write")) {
      write(reference, diagrams);
    }

    assertThat(FOLDER.resolve("README.md")).as(REMEDY).hasContent(reference);
    for (SchemaDiagram diagram : diagrams) {
      assertThat(diagram.isSourceOf(Files.readString(picture(diagram))))
          .as("%s.svg was drawn from this schema; %s", diagram.name(), REMEDY)
          .isTrue();
    }
  }

  @Test
  void tellsWhatEachTableIsFor() throws Exception {
    List<SchemaTable> tables = SchemaReader.read(database.dataSource());

    assertThat(tables)
        .hasSizeGreaterThan(30)
        .allSatisfy(table -> assertThat(table.comment()).as(table.name()).isNotEmpty());
  }

  private static List<SchemaDiagram> diagrams(List<SchemaTable> tables) {
    Stream<SchemaDiagram> groups =
        Arrays.stream(SchemaGroup.values()).map(group -> SchemaDiagram.of(group, tables));
    return Stream.concat(Stream.of(SchemaDiagram.overview(tables)), groups).toList();
  }

  private static void write(String reference, List<SchemaDiagram> diagrams) throws IOException {
    Files.createDirectories(FOLDER);
    Files.writeString(FOLDER.resolve("README.md"), reference);
    for (SchemaDiagram diagram : diagrams) {
      Files.writeString(picture(diagram), diagram.svg());
    }
  }

  private static Path picture(SchemaDiagram diagram) {
    return FOLDER.resolve(diagram.name() + ".svg");
  }
}
