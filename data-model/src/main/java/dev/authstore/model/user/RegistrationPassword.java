package dev.authstore.model.user;

/**
 * The password chosen in a sign-up, hashed by the service.
 *
 * @param hashedPassword opaque and secret, not printed
 * @param version the hashing scheme, 0 to 65,535
 */
public record RegistrationPassword(String hashedPassword, int version) {
  @Override
  public String toString() {
    return "RegistrationPassword[version=" + version + "]";
  }
}
