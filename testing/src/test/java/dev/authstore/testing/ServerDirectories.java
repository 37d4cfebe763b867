package dev.authstore.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What servers have in the temporary folder: one directory each while they run. */
final class ServerDirectories {

  private ServerDirectories() {}

  static List<Path> list() throws IOException {
    return list(Path.of(System.getProperty("java.io.tmpdir")));
  }

  static List<Path> list(Path temporaryFolder) throws IOException {
    if (!Files.exists(temporaryFolder)) { // nobody has needed it yet
      return List.of();
    }
    try (Stream<Path> files = Files.list(temporaryFolder)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("authstore-postgres-"))
          .sorted()
          .toList();
    }
  }
}
