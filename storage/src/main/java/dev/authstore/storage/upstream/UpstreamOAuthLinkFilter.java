package dev.authstore.storage.upstream;

import java.util.Optional;
import java.util.UUID;

/**
 * Which links. Criteria not given do not restrict; those given must all hold.
 *
 * @param user the account they belong to
 * @param linked whether they belong to an account
 * @param provider where the identity was met
 * @param providerEnabled whether people may log in there at present
 * @param subject what identifies the person there, by the letter
 * @param humanAccountName text that the name of the identity contains, compared folded; every
 *     character stands for itself, and a link without a name does not match
 */
public record UpstreamOAuthLinkFilter(
    Optional<UUID> user,
    Optional<Boolean> linked,
    Optional<UUID> provider,
    Optional<Boolean> providerEnabled,
    Optional<String> subject,
    Optional<String> humanAccountName) {

  private static final UpstreamOAuthLinkFilter ALL =
      new UpstreamOAuthLinkFilter(
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());

  public static UpstreamOAuthLinkFilter all() {
    return ALL;
  }

  /** Whether no criterion is given. */
  public boolean isEmpty() {
    return equals(ALL);
  }

  public UpstreamOAuthLinkFilter user(UUID id) {
    return new UpstreamOAuthLinkFilter(
        Optional.of(id), linked, provider, providerEnabled, subject, humanAccountName);
  }

  public UpstreamOAuthLinkFilter linked(boolean value) {
    return new UpstreamOAuthLinkFilter(
        user, Optional.of(value), provider, providerEnabled, subject, humanAccountName);
  }

  public UpstreamOAuthLinkFilter provider(UUID id) {
    return new UpstreamOAuthLinkFilter(
        user, linked, Optional.of(id), providerEnabled, subject, humanAccountName);
  }

  public UpstreamOAuthLinkFilter providerEnabled(boolean value) {
    return new UpstreamOAuthLinkFilter(
        user, linked, provider, Optional.of(value), subject, humanAccountName);
  }

  public UpstreamOAuthLinkFilter subject(String value) {
    return new UpstreamOAuthLinkFilter(
        user, linked, provider, providerEnabled, Optional.of(value), humanAccountName);
  }

  public UpstreamOAuthLinkFilter humanAccountName(String text) {
    return new UpstreamOAuthLinkFilter(
        user, linked, provider, providerEnabled, subject, Optional.of(text));
  }
}
