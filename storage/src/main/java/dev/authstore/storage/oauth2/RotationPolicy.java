package dev.authstore.storage.oauth2;

import dev.authstore.storage.Inputs;
import dev.authstore.storage.InvalidInputException;
import java.time.Duration;
import java.util.Optional;

/**
 * When a refresh token gets new tokens.
 *
 * @param repeat what becomes of a token that is presented again
 * @param grace for so long after a token was used, a repetition is refused as concurrent, whatever
 *     has become of the successor: the answer to a twin may be under way; zero: there are no twins
 * @param maxChainAge how long after the beginning of its session a token can be used
 * @param maxIdle how long after it was issued a token can be used
 */
public record RotationPolicy(
    RepeatPolicy repeat,
    Duration grace,
    Optional<Duration> maxChainAge,
    Optional<Duration> maxIdle) {

  /** Reissues what was not used, without grace and without limit. */
  public static final RotationPolicy DEFAULT =
      new RotationPolicy(
          RepeatPolicy.REISSUE_IF_UNUSED, Duration.ZERO, Optional.empty(), Optional.empty());

  /**
   * @throws InvalidInputException if a duration is negative or above 36,500 days, or a limit is
   *     zero
   */
  public RotationPolicy {
    if (!grace.isZero()) {
      grace = Inputs.lifetime("grace", grace);
    }
    maxChainAge = maxChainAge.map(age -> Inputs.lifetime("maximum chain age", age));
    maxIdle = maxIdle.map(idle -> Inputs.lifetime("maximum idle time", idle));
  }
}
