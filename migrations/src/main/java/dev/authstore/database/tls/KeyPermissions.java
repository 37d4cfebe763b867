package dev.authstore.database.tls;

import static java.nio.file.attribute.PosixFilePermission.GROUP_READ;
import static java.nio.file.attribute.PosixFilePermission.OWNER_EXECUTE;
import static java.nio.file.attribute.PosixFilePermission.OWNER_READ;
import static java.nio.file.attribute.PosixFilePermission.OWNER_WRITE;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;

/** Who may read a secret: its owner, and a group if the owner is root. */
public final class KeyPermissions {

  private KeyPermissions() {}

  /** Whether anybody else may do anything with the file. */
  public static boolean isOpen(Path file) {
    return !excess(file).isEmpty();
  }

  static void require(Path file) throws TlsMaterialException {
    if (isOpen(file)) {
      throw new TlsMaterialException(
          TlsMaterialException.Kind.PERMISSIONS,
          "others than its owner may use the key in file " + file,
          "chmod 0600, or 0640 if it belongs to root");
    }
  }

  /** Where permissions are not those of POSIX, there is nothing to see. */
  private static Set<PosixFilePermission> excess(Path file) {
    try {
      PosixFileAttributes attributes = Files.readAttributes(file, PosixFileAttributes.class);
      Set<PosixFilePermission> excess = EnumSet.copyOf(attributes.permissions());
      excess.removeAll(EnumSet.of(OWNER_READ, OWNER_WRITE, OWNER_EXECUTE));
      if (attributes.owner().getName().equals("root")) {
        excess.remove(GROUP_READ);
      }
      return excess;
    } catch (IOException | UnsupportedOperationException e) {
      return Set.of();
    }
  }
}
