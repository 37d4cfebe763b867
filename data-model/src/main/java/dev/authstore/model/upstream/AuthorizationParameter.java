package dev.authstore.model.upstream;

/**
 * A parameter that is added to the authorization request to a provider.
 *
 * @param name not necessarily the only one of that name
 * @param template of the value, which the service evaluates; not printed
 */
public record AuthorizationParameter(String name, String template) {

  @Override
  public String toString() {
    return "AuthorizationParameter[]";
  }
}
