package dev.authstore.database.tls;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A certificate, key or password, in a file or in the settings themselves. */
public sealed interface Material {

  /** Larger ones are not what they should be. */
  int LARGEST = 64 * 1024;

  /** The bytes as they are now. */
  byte[] read() throws IOException;

  /** Where it is from; never what it is. */
  String origin();

  /** The text, without the line ends behind it. */
  default String readText() throws IOException {
    return new String(read(), StandardCharsets.UTF_8).replaceAll("[\\r\\n]+$", "");
  }

  /** In a file, which is read anew each time. */
  record InFile(Path path) implements Material {
    @Override
    public byte[] read() throws IOException {
      if (!Files.exists(path)) {
        throw new NoSuchFileException(path.toString());
      }
      if (!Files.isRegularFile(path)) {
        throw new IOException("it is no regular file");
      }
      if (Files.size(path) > LARGEST) {
        throw new IOException("it is larger than 64 kB");
      }
      return Files.readAllBytes(path);
    }

    @Override
    public String origin() {
      return "file " + path;
    }
  }

  /** Given as text. */
  record Inline(String text) implements Material {
    @Override
    public byte[] read() {
      return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String origin() {
      return "given text";
    }

    @Override
    public String toString() {
      return "Inline[***]";
    }
  }
}
