package dev.authstore.model.upstream;

/** What follows from a logout that a provider reports (OpenID Connect Back-Channel Logout 1.0). */
public enum OnBackchannelLogout {
  /** It is acknowledged. */
  DO_NOTHING,
  /** The browser sessions that were logged in there end. */
  LOGOUT_BROWSER_ONLY,
  /** So do the sessions of applications that were started from them. */
  LOGOUT_ALL
}
