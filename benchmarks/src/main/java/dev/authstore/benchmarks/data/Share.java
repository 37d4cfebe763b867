package dev.authstore.benchmarks.data;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What one peer may use: any access token, and codes and refresh tokens that no other peer spends.
 */
public final class Share {
  /** How many sessions each peer refreshes in turn. */
  static final int REFRESHED = 1_000;

  private final Population population;
  private final AtomicInteger nextCode;
  private final AtomicInteger nextDeviceCode;
  private final int endOfCodes;
  private final String[] refreshTokens = new String[REFRESHED];
  private final int firstRefreshed;
  private int turn;

  public Share(Population population, int index) {
    this.population = population;
    this.nextCode = new AtomicInteger(index * population.codesPerPeer());
    this.nextDeviceCode = new AtomicInteger(index * population.codesPerPeer());
    this.endOfCodes = (index + 1) * population.codesPerPeer();
    this.firstRefreshed = population.authorizations() - (index + 1) * REFRESHED;
    for (int i = 0; i < REFRESHED; i++) {
      refreshTokens[i] = Texts.refreshToken(firstRefreshed + i);
    }
  }

  /** The access token of a session that nobody refreshes. */
  public String accessToken() {
    return Texts.accessToken(authorization());
  }

  /** The number of an authorization that nobody refreshes. */
  public int authorization() {
    return ThreadLocalRandom.current().nextInt(population.untouched());
  }

  /** The number of an account. */
  public int account() {
    return ThreadLocalRandom.current().nextInt(population.accounts());
  }

  /** The number of a client. */
  public int client() {
    return ThreadLocalRandom.current().nextInt(Population.CLIENTS);
  }

  /** The number of a code that nobody has used yet. */
  public int nextCode() {
    return next(nextCode);
  }

  /** The number of a device code that nobody has used yet. */
  public int nextDeviceCode() {
    return next(nextDeviceCode);
  }

  /** Goes on to the next session that may be refreshed; gives its number. */
  public int nextRefreshed() {
    turn = (turn + 1) % REFRESHED;
    return firstRefreshed + turn;
  }

  /** The refresh token that the session of the turn has now. */
  public String refreshToken() {
    return refreshTokens[turn];
  }

  public void refreshed(String successor) {
    refreshTokens[turn] = successor;
  }

  private int next(AtomicInteger codes) {
    int number = codes.getAndIncrement();
    if (number >= endOfCodes) {
      throw new IllegalStateException("more codes are needed than were made");
    }
    return number;
  }
}
