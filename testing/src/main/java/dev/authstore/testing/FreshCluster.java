package dev.authstore.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The data directory of the first server of this JVM before it started. To copy it is several times
 * faster than to make another one, which writes every file through to the disk. Safe for use by any
 * thread; gone at the end of the JVM.
 */
final class FreshCluster {

  private static @Nullable Path kept;

  private FreshCluster() {}

  /** Fills an empty directory; leaves it empty for the first server. */
  static synchronized void copyTo(Path data) throws IOException {
    if (kept != null) {
      Directories.copyData(kept, data, name -> true);
    }
  }

  /** Takes a directory that no server has worked on yet as the model for the next ones. */
  static synchronized void keep(Path data) {
    if (kept != null) {
      return;
    }
    try {
      Path copy = Files.createTempDirectory(EmbeddedServer.temporaryFolder(), "authstore-fresh-");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(copy), "fresh-cluster-remover"));
      Directories.copyData(data, copy, name -> true);
      kept = copy;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path copy) {
    try {
      Directories.delete(copy);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
