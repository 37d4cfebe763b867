package dev.authstore.database;

import dev.authstore.database.libpq.HostSpec;
import dev.authstore.database.libpq.PasswordFile;
import dev.authstore.database.tls.Material;
import java.io.IOException;
import java.util.Optional;

/**
 * Who connects.
 *
 * @param password given, or in a file of its own
 * @param passwordFile libpq's, asked if there is no other password
 */
record Credentials(String user, Optional<Material> password, Optional<PasswordFile> passwordFile) {

  /** The password as it is now, empty if there is none; files are read anew each time. */
  Secret passwordFor(HostSpec host, String database) throws IOException {
    if (password.isPresent()) {
      return new Secret(password.get().readText());
    }
    return new Secret(
        passwordFile.isPresent() ? passwordFile.get().find(host, database, user).orElse("") : "");
  }

  @Override
  public String toString() {
    return user;
  }
}
