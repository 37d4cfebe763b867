package dev.authstore.database.libpq;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Lines of {@code host:port:database:user:password}, of which the first that fits gives the
 * password. A field of one asterisk fits everything; a backslash protects a colon or a backslash.
 *
 * @param path read again for each new connection, so that passwords can be changed
 */
public record PasswordFile(Path path) {

  private static final Set<PosixFilePermission> OTHERS =
      Collections.unmodifiableSet(
          EnumSet.complementOf(
              EnumSet.of(
                  PosixFilePermission.OWNER_READ,
                  PosixFilePermission.OWNER_WRITE,
                  PosixFilePermission.OWNER_EXECUTE)));

  /** What stands against using the file, if something does. */
  public Optional<Fault> check() {
    if (!Files.exists(path)) {
      return Optional.of(Fault.of(Fault.Kind.MISSING_FILE, "passfile", "the file does not exist"));
    }
    if (!Files.isRegularFile(path) || !Files.isReadable(path)) {
      return Optional.of(
          Fault.of(Fault.Kind.UNREADABLE_FILE, "passfile", "it is no file that can be read"));
    }
    return isOpenToOthers(path)
        ? Optional.of(
            Fault.of(
                Fault.Kind.OPEN_FILE,
                "passfile",
                "others than its owner may use the file",
                "chmod 0600"))
        : Optional.empty();
  }

  /**
   * The password of a user for a database on a server.
   *
   * @throws IOException if the file cannot be read
   */
  public Optional<String> find(HostSpec host, String database, String user) throws IOException {
    String name = host instanceof HostSpec.Tcp tcp ? tcp.name() : "localhost";
    List<String> wanted = List.of(name, String.valueOf(host.port()), database, user);
    for (String line : Files.readAllLines(path)) {
      List<String> fields = line.startsWith("#") ? List.of() : fields(line);
      if (fields.size() == wanted.size() + 1 && fits(fields, wanted)) {
        return Optional.of(fields.get(wanted.size())).filter(password -> !password.isEmpty());
      }
    }
    return Optional.empty();
  }

  private static boolean fits(List<String> fields, List<String> wanted) {
    for (int i = 0; i < wanted.size(); i++) {
      if (!fields.get(i).equals("*") && !fields.get(i).equals(wanted.get(i))) {
        return false;
      }
    }
    return true;
  }

  private static List<String> fields(String line) {
    List<String> fields = new ArrayList<>();
    StringBuilder field = new StringBuilder();
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == ':') {
        fields.add(field.toString());
        field.setLength(0);
      } else {
        if (c == '\\' && i + 1 < line.length()) {
          i++;
        }
        field.append(line.charAt(i));
      }
    }
    fields.add(field.toString());
    return fields;
  }

  /** Where permissions are not those of POSIX, there is nothing to see. */
  private static boolean isOpenToOthers(Path file) {
    try {
      return !Collections.disjoint(Files.getPosixFilePermissions(file), OTHERS);
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }
}
